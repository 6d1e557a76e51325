import type { HostEntry } from './credentials.ts'
import { UsageError } from './errors.ts'
import { hostOfTarget, parseRemoteUrl, type Remote } from './git-remote.ts'

export type AppChoice = { app: string; host: HostEntry | undefined }

type Candidate = { remote: string; app: string; host: HostEntry | undefined }

const DEFAULT_REMOTE = 'paas'

export type RemoteClues = {
  /** `-r` */
  flag: string | undefined
  /** `git config paas.remote` */
  configured: string | undefined
  remotes: Remote[]
  hosts: HostEntry[]
}

/**
 * The app that the git remotes name: the remote asked for, else the one called `paas`, else the only app that any leads
 * to on a box the user is signed in to. Throws with the candidates when that leaves none or several.
 */
export function chooseAppByRemote(clues: RemoteClues): AppChoice {
  const wanted = clues.flag ?? clues.configured
  if (wanted !== undefined) return namedRemote(wanted, clues)
  const candidates = candidatesOf(clues)
  const [only, ...others] = candidates.filter(({ remote, host }) => host !== undefined || remote === DEFAULT_REMOTE)
  const alike = others.every(({ app, host }) => app === only?.app && host === only.host)
  const preferred = candidates.find(({ remote }) => remote === DEFAULT_REMOTE) ?? (alike ? only : undefined)
  if (preferred) return { app: preferred.app, host: preferred.host }
  throw new UsageError(
    only ? 'Several apps have a git remote here.' : 'No app was named, and no git remote leads to one.',
    {
      fix: 'Name the app with -a, or set PAAS_APP, or add the git remote.',
      command: only ? `paas info -a ${only.app}` : 'paas git:remote -a APP',
      list: [only, ...others].flatMap((found) => (found ? [`${found.app} (${found.remote})`] : [])),
    },
  )
}

function namedRemote(name: string, clues: RemoteClues): AppChoice {
  const remote = clues.remotes.find((one) => one.name === name)
  const found = remote && candidatesOf({ ...clues, remotes: [remote] })[0]
  if (found) return { app: found.app, host: found.host }
  throw new UsageError(
    remote
      ? `The git remote ${name} does not lead to an app: ${withoutSecrets(remote.url)}`
      : `There is no git remote ${name} here.`,
    { command: 'git remote -v', list: candidatesOf(clues).map(({ remote, app }) => `${app} (${remote})`) },
  )
}

function candidatesOf({ remotes, hosts }: Pick<RemoteClues, 'remotes' | 'hosts'>): Candidate[] {
  return remotes.flatMap(({ name, url }) => {
    const target = parseRemoteUrl(url)
    return target ? [{ remote: name, app: target.app, host: hostOfTarget(target, hosts) }] : []
  })
}

/** A remote's URL may carry a token as password. */
function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//')
}
