import { createHash } from 'node:crypto'
import { createWriteStream, mkdirSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { BuildFailure } from '../errors.ts'
import { gitConfig } from '../git-config.ts'
import { contentOf, type Member } from '../members.ts'
import { atMost } from './counted.ts'
import { fetchHttps, type HttpsCall, type HttpsTools, httpsTools } from './https.ts'
import type { FetchTools } from './repository.ts'

/** github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:[^\n]*\n)*?oid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n/
const POINTER_BYTES = { least: 100, most: 1024 }
const MEDIA_TYPE = 'application/vnd.git-lfs+json'
/** What servers take in one request at least: GitHub 100. */
const BATCH = 100
const AT_ONCE = 4
/** A hundred addresses, signed ones too, are a tenth of it. */
const MAX_ANSWER_BYTES = 4 * 1024 ** 2

type LfsObject = { oid: string; size: number }
type Download = LfsObject & { href: string; headers: Record<string, string> }
export type LfsLimits = { maxFileBytes: number; maxTreeBytes: number }

/** Puts contents in the place of Git LFS pointers, by the batch API of the server that `.lfsconfig` or the repository names. */
export async function withLfsObjects(
  members: Member[],
  repository: string | null,
  limits: LfsLimits,
  tools: FetchTools,
): Promise<{ members: Member[]; fetched: number }> {
  const found = new Map<Member, LfsObject>()
  for (const member of members) {
    const pointer = pointerIn(member)
    if (pointer) found.set(member, pointer)
  }
  const objects = [...new Map([...found.values()].map((object) => [object.oid, object])).values()]
  if (objects.length === 0) return { members, fetched: 0 }
  checkSizes(found, limits)
  const server = lfsServer(members, repository)
  const directory = join(tools.directory, 'lfs')
  mkdirSync(directory, { recursive: true })
  const https = httpsTools(tools)
  for (let at = 0; at < objects.length; at += BATCH) {
    const downloads = await askForBatch(server, objects.slice(at, at + BATCH), https)
    for (let next = 0; next < downloads.length; next += AT_ONCE)
      await Promise.all(downloads.slice(next, next + AT_ONCE).map((each) => download(each, directory, https)))
  }
  const filled = members.map((member) => {
    const object = found.get(member)
    return object ? { ...member, file: join(directory, object.oid), offset: 0, size: object.size } : member
  })
  return { members: filled, fetched: objects.length }
}

function pointerIn(member: Member): LfsObject | undefined {
  const { kind, size } = member
  if (kind !== 'file' || size < POINTER_BYTES.least || size > POINTER_BYTES.most) return undefined
  const [, oid, bytes] = POINTER.exec(contentOf(member)) ?? []
  return oid === undefined ? undefined : { oid, size: Number(bytes) }
}

function checkSizes(found: Map<Member, LfsObject>, { maxFileBytes, maxTreeBytes }: LfsLimits): void {
  const megabytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MB`
  let sum = 0
  for (const [{ path }, { size }] of found) {
    sum += size
    if (size > maxFileBytes) {
      const message = `${path} has ${megabytes(size)} in Git LFS; a file may have at most ${megabytes(maxFileBytes)}.`
      throw new BuildFailure('source.file-too-large', message, {
        fix: 'Keep it in object storage, and fetch it when the app starts.',
      })
    }
  }
  if (sum <= maxTreeBytes) return
  const message = `What Git LFS has for this tree are ${megabytes(sum)}; a tree may have ${megabytes(maxTreeBytes)}.`
  throw new BuildFailure('source.too-large', message, { fix: 'Name what the app does not need in .slugignore.' })
}

/** A push tells nobody where its repository is at home, so `.lfsconfig` has to. */
function lfsServer(members: Member[], repository: string | null): string {
  const config = members.find(({ path, kind, size }) => path === '.lfsconfig' && kind === 'file' && size < 64 * 1024)
  const sections = config ? gitConfig(contentOf(config)) : []
  const named = sections.findLast(({ name, values }) => /^lfs$/i.test(name) && values.has('url'))?.values.get('url')
  if (named) return named.replace(/\/+$/, '')
  if (repository !== null) return `${repository.replace(/\/+$/, '').replace(/(?:\.git)?$/, '.git')}/info/lfs`
  throw new BuildFailure('lfs.no-server', 'The tree has files in Git LFS and does not say where its LFS server is.', {
    fix: 'Name it in .lfsconfig, commit and push again.',
    command: 'git config -f .lfsconfig lfs.url https://github.com/OWNER/REPOSITORY.git/info/lfs',
  })
}

type BatchAnswer = {
  objects?: {
    oid?: string
    error?: { message?: string }
    actions?: { download?: { href?: string; header?: Record<string, string> } }
  }[]
}

async function askForBatch(server: string, objects: LfsObject[], tools: HttpsTools): Promise<Download[]> {
  const call: HttpsCall = {
    method: 'POST',
    headers: { accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE },
    body: JSON.stringify({ operation: 'download', transfers: ['basic'], objects, hash_algo: 'sha256' }),
  }
  const response = await fetchHttps(`${server}/objects/batch`, call, tools)
  if (response.statusCode !== 200) throw refused(server, response)
  const answer = parsed(
    await pipeline(
      response,
      atMost(MAX_ANSWER_BYTES, () => tooLong(server)),
      text,
    ),
  )
  return objects.map((object) => {
    const told = answer?.objects?.find(({ oid }) => oid === object.oid)
    const { href, header = {} } = told?.actions?.download ?? {}
    if (href === undefined) throw missing(server, object.oid, told?.error?.message)
    return { ...object, href, headers: header }
  })
}

async function download({ oid, size, href, headers }: Download, directory: string, tools: HttpsTools): Promise<void> {
  const response = await fetchHttps(href, { headers }, tools)
  if (response.statusCode !== 200) throw refused(new URL(href).origin, response)
  const hash = createHash('sha256')
  let bytes = 0
  async function* checked(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      bytes += chunk.length
      if (bytes > size) break
      tools.way.received(chunk.length)
      hash.update(chunk)
      yield chunk
    }
  }
  await pipeline(response, checked, createWriteStream(join(directory, oid), { mode: 0o600 }))
  if (bytes === size && hash.digest('hex') === oid) return
  throw new BuildFailure(
    'lfs.damaged',
    `What ${new URL(href).host} sent for ${oid.slice(0, 12)} is not what was committed.`,
    {
      fix: 'Send the object again from a clone that has it.',
      command: 'git lfs push --all origin',
    },
  )
}

function parsed(body: string): BatchAnswer | undefined {
  try {
    return JSON.parse(body) as BatchAnswer
  } catch {
    return undefined
  }
}

function refused(server: string, response: IncomingMessage): BuildFailure {
  response.destroy()
  const { statusCode = 0 } = response
  return new BuildFailure('lfs.refused', `The Git LFS server ${server} answered ${statusCode}.`, {
    fix: [401, 403, 404].includes(statusCode)
      ? 'Objects are fetched without signing in: deploy a folder that has the files, or keep them in git itself.'
      : 'Try again.',
    command: [401, 403, 404].includes(statusCode) ? 'git lfs pull && paas deploy .' : 'git push paas',
    retryable: statusCode >= 500,
  })
}

function tooLong(server: string): BuildFailure {
  return new BuildFailure(
    'lfs.refused',
    `The Git LFS server ${server} answered with more than a list of addresses takes.`,
    {
      fix: 'Check the address of the server in .lfsconfig.',
      command: 'git config -f .lfsconfig lfs.url',
    },
  )
}

function missing(server: string, oid: string, reason = 'it has no such object'): BuildFailure {
  return new BuildFailure('lfs.missing', `The Git LFS server ${server} does not give ${oid.slice(0, 12)}: ${reason}.`, {
    fix: 'Send what is missing from a clone that has it.',
    command: 'git lfs push --all origin',
  })
}
