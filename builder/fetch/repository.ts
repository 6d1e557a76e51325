import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { BuildFailure } from '../errors.ts'
import { FetchGit, type GitRun } from './git.ts'
import { GitProxy } from './git-proxy.ts'
import type { WayOut } from './way-out.ts'

/** A place in a tree where a commit of another repository belongs. */
export type GitLink = { path: string; commit: string }
export type FetchedTree = { tar: string; commit: string; links: GitLink[] }

/** Everything that fetching needs, for one build. */
export type FetchTools = {
  /** What is fetched lies there until the build ends. */
  directory: string
  /** PATH of the machine. */
  path: string
  way: WayOut
  certificates: string | null
  maxTreeBytes: number
  signal: AbortSignal
}

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/
const GITLINK = /^160000 commit ([0-9a-f]+)\t/

/**
 * Fetches one commit of a repository, without its history, and packs its tree as a tar; nothing of it is checked out.
 * `ref` is a branch, a tag, a whole commit or `HEAD`. Throws BuildFailure `fetch.*`.
 */
export async function fetchTree(name: string, url: string, ref: string, tools: FetchTools): Promise<FetchedTree> {
  const directory = join(tools.directory, `${name}.git`)
  mkdirSync(directory, { recursive: true })
  await using proxy = await GitProxy.start(tools.way, tools.signal)
  const git = new FetchGit({ ...tools, directory, proxy: proxy.url })
  const fail = (run: GitRun) => {
    throw tools.way.refusal ?? explained(run, url, ref)
  }
  const must = async (args: string[]) => {
    const run = await git.run(args)
    return run.code === 0 ? run.stdout : fail(run)
  }
  await must(['init', '--quiet', '--bare', '.'])
  await must(['fetch', '--quiet', '--depth=1', '--no-tags', '--', url, ref])
  const commit = (await must(['rev-parse', '--verify', '--quiet', 'FETCH_HEAD^{commit}'])).trim()
  const tar = join(tools.directory, `${name}.tar`)
  const archived = await git.write(
    ['archive', '--format=tar', '--worktree-attributes', commit],
    tar,
    tools.maxTreeBytes,
  )
  if (archived.code !== 0) fail(archived)
  const links = gitLinks(await must(['ls-tree', '-r', '-z', '--full-tree', commit]))
  rmSync(directory, { recursive: true, force: true })
  return { tar, commit, links }
}

/** Of what `git ls-tree -r -z` says. */
function gitLinks(list: string): GitLink[] {
  return list.split('\0').flatMap((entry) => {
    const commit = GITLINK.exec(entry)?.[1]
    return commit === undefined ? [] : [{ path: entry.slice(entry.indexOf('\t') + 1), commit }]
  })
}

/** git's own words, and what they mean. */
function explained({ stderr }: GitRun, url: string, ref: string): BuildFailure {
  const told = CAUSES.find(([pattern]) => pattern.test(stderr))
  if (told) return told[1](url, ref)
  const last = stderr
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^(?:fatal|error): /, '')
  return new BuildFailure('fetch.failed', `${url} could not be fetched: ${last || 'git did not say why'}.`, {
    fix: 'Try it from your own machine: git ls-remote shows whether it is there.',
    command: `git ls-remote ${url}`,
    retryable: true,
  })
}

const CAUSES: [RegExp, (url: string, ref: string) => BuildFailure][] = [
  [/fsck error|fsckObjects|unpack-objects failed|index-pack failed/i, unsound],
  [/could not read Username|Authentication failed|error: 40[13]/, notOpen],
  [/couldn't find remote ref|not our ref|unadvertised object|expected [0-9a-f]+, got/i, noRef],
  [/repository '.*' not found|error: 404|not valid: is this a git repository/, notThere],
  [/SSL certificate|certificate verif|self.signed|issuer certificate/i, notTrusted],
  [/Operation too slow|timed out/i, slow],
  [/transport '.*' not allowed|Protocol .* (?:disabled|not supported)/i, otherProtocol],
]

function noRef(url: string, ref: string): BuildFailure {
  const short = !COMMIT.test(ref) && /^[0-9a-f]{4,}$/.test(ref)
  return new BuildFailure('fetch.no-ref', `${url} has no branch, tag or commit ${ref}.`, {
    fix: short ? 'A commit is named by all of its 40 letters and digits.' : 'See which there are.',
    command: `git ls-remote ${url}`,
  })
}

function notThere(url: string): BuildFailure {
  return new BuildFailure('fetch.not-found', `There is no git repository at ${url}.`, {
    fix: 'Check the address: it is the one that git clone takes.',
    command: `git ls-remote ${url}`,
  })
}

function notOpen(url: string): BuildFailure {
  return new BuildFailure(
    'fetch.not-open',
    `${url} is not there, or asks for a password, and sources are fetched without one.`,
    {
      fix: 'Push a clone of it, or deploy the folder.',
      command: 'paas deploy .',
    },
  )
}

function notTrusted(url: string): BuildFailure {
  return new BuildFailure('fetch.certificate', `The certificate of ${url} is of no authority that this box trusts.`, {
    fix: 'Where it is an authority of your own, an owner of the box names it.',
    command: 'paas box:set certificates=@authority.pem',
  })
}

function slow(url: string): BuildFailure {
  return new BuildFailure('fetch.slow', `${url} sent next to nothing for a minute.`, {
    fix: 'Try again.',
    retryable: true,
  })
}

function otherProtocol(url: string): BuildFailure {
  return new BuildFailure('fetch.protocol', `${url} leads to something else than https, which is not followed.`, {
    fix: 'Name the address that begins with https:// and is the repository itself.',
  })
}

function unsound(url: string): BuildFailure {
  return new BuildFailure('fetch.unsound', `${url} holds objects that git itself takes for damaged or dangerous.`, {
    fix: 'See what git says of them in a clone, and leave them out.',
    command: 'git fsck --strict',
  })
}
