import { rm } from 'node:fs/promises'
import type { BuildRequest } from './build.ts'
import { EngineApi, EngineRefusal } from './buildkit/engine-api.ts'
import { BuildFailure } from './errors.ts'
import { contentOf, type Member, membersOf, packMembers, textMember, writeMembers } from './members.ts'
import type { Output } from './output.ts'

/** Not the platform's own names: what is loaded is nobody's until it is built upon. */
const REPOSITORY = 'paas-loaded'
const MAX_MANIFEST_BYTES = 1024 * 1024
const LOADED = /Loaded image(?: ID)?: (\S+)/

/** A one-line source that stands upon what was loaded; with it goes the name that it was loaded under. */
export type LoadedImage = AsyncDisposable & { tar: string }

type Manifest = { Config?: unknown; Layers?: unknown; RepoTags?: unknown }

/**
 * Loads the archive that `docker save` wrote, under a name of ours alone: the names in it are dropped, for they would move those
 * that other apps and the platform build upon. Throws BuildFailure `image-archive.*`.
 */
export async function loadImageArchive(
  { app, id, endpoint, sourceTar }: BuildRequest & { endpoint: { kind: 'docker' } },
  output: Output,
  signal: AbortSignal,
): Promise<LoadedImage> {
  const members = nameless(membersOf(sourceTar))
  const api = new EngineApi(endpoint.socketPath)
  const repository = `${REPOSITORY}/${app}`
  await forget(api, repository)
  output.heading('Loading the image')
  const image = await load(api, members, signal)
  const recipe = `${sourceTar}.recipe`
  const clear = async () => {
    await rm(recipe, { force: true })
    await forget(api, repository)
  }
  try {
    const query = { repo: repository, tag: id }
    const tagged = await api.open('POST', `/images/${encodeURIComponent(image)}/tag`, { query, signal })
    tagged.resume()
    await writeMembers([textMember('Dockerfile', `FROM ${repository}:${id}\n`)], recipe)
    return { tar: recipe, [Symbol.asyncDispose]: clear }
  } catch (error) {
    await clear()
    throw error
  }
}

/** The same archive, of one image and without a name, in the forms of Docker and of OCI alike. */
function nameless(members: Member[]): Member[] {
  const manifest = jsonOf<Manifest[]>(members, 'manifest.json')
  if (!Array.isArray(manifest) || typeof manifest[0]?.Config !== 'string') throw notAnArchive()
  if (manifest.length > 1) throw severalImages(manifest.length)
  const index = jsonOf<{ manifests?: { annotations?: unknown }[] }>(members, 'index.json')
  const plain = index && { ...index, manifests: index.manifests?.map(({ annotations: _, ...rest }) => rest) }
  const renamed = new Set(['manifest.json', 'repositories', 'index.json'])
  return [
    ...members.filter(({ path }) => !renamed.has(path) && path !== '' && path !== '.'),
    textMember('manifest.json', JSON.stringify([{ ...manifest[0], RepoTags: null }])),
    ...(plain ? [textMember('index.json', JSON.stringify(plain))] : []),
  ]
}

function jsonOf<Content>(members: Member[], name: string): Content | undefined {
  const member = members.find(({ path, kind, size }) => path === name && kind === 'file' && size < MAX_MANIFEST_BYTES)
  try {
    return member && (JSON.parse(contentOf(member)) as Content)
  } catch {
    throw notAnArchive()
  }
}

async function load(api: EngineApi, members: Member[], signal: AbortSignal): Promise<string> {
  const call = {
    query: { quiet: '1' },
    headers: { 'content-type': 'application/x-tar' },
    body: packMembers(members),
    signal,
  }
  try {
    let image: string | undefined
    for await (const line of api.lines('/images/load', call)) {
      const { stream = '', error } = line as { stream?: string; error?: string }
      if (error !== undefined) throw damaged(error)
      image = LOADED.exec(stream)?.[1] ?? image
    }
    if (image === undefined) throw damaged('the engine did not say which image it is')
    return image
  } catch (error) {
    throw error instanceof EngineRefusal ? damaged(error.message) : error
  }
}

/** What an earlier build left when it was killed goes, too. */
async function forget(api: EngineApi, repository: string): Promise<void> {
  const filters = JSON.stringify({ reference: [repository] })
  const images = (await api.json('GET', '/images/json', { query: { filters } })) as { RepoTags: string[] | null }[]
  for (const tag of images
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .filter((name) => name.startsWith(`${repository}:`)))
    await api
      .open('DELETE', `/images/${encodeURIComponent(tag)}`)
      .then((answer) => void answer.resume())
      .catch(() => undefined)
}

function notAnArchive(): BuildFailure {
  return new BuildFailure(
    'image-archive.unknown',
    'What was sent is no archive of an image: it has no manifest.json that names one.',
    {
      fix: 'Write one by docker save or podman save --format docker-archive.',
      command: 'docker save IMAGE | paas deploy --image-file -',
    },
  )
}

function severalImages(count: number): BuildFailure {
  return new BuildFailure('image-archive.several', `The archive has ${count} images, and an app is one of them.`, {
    fix: 'Save the one that is to be deployed.',
    command: 'docker save IMAGE | paas deploy --image-file -',
  })
}

function damaged(reason: string): BuildFailure {
  return new BuildFailure('image-archive.damaged', `The engine cannot load the archive: ${reason}.`, {
    fix: 'Save the image again, for the processor of the box.',
    command: 'docker save IMAGE | paas deploy --image-file -',
  })
}
