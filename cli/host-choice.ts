import type { Credentials, HostEntry } from './credentials.ts'
import { CliError, UsageError } from './errors.ts'
import { EXIT } from './exit-code.ts'
import { hostUrl } from './host-url.ts'

export type HostChoice = { url: string; token: string | undefined; user: string | undefined }

export type HostClues = {
  /** `--host` */
  flag: string | undefined
  /** PAAS_HOST and PAAS_TOKEN */
  envHost: string | undefined
  envToken: string | undefined
  credentials: Credentials
  /** The box that the git remote leads to. */
  remote: HostEntry | undefined
}

/**
 * Which box to talk to: `--host`, PAAS_HOST, the git remote's, the current one. PAAS_TOKEN belongs to PAAS_HOST where
 * that is set and is never sent to another box.
 */
export function chooseHost(clues: HostClues): HostChoice {
  const named = clues.flag ?? clues.envHost
  const fallback = clues.remote?.url ?? clues.credentials.current ?? clues.credentials.hosts[0]?.url
  const url = named === undefined ? fallback : hostUrl(named)
  if (url === undefined) throw notSignedIn()
  const entry = clues.credentials.hosts.find((host) => host.url === url)
  if (clues.envToken !== undefined && tokenBelongs(url, clues)) return { url, token: clues.envToken, user: undefined }
  return { url, token: entry?.token, user: entry?.user }
}

function tokenBelongs(url: string, { envHost }: HostClues): boolean {
  return envHost === undefined || hostUrl(envHost) === url
}

/** For commands that need a user. */
export function requireToken(choice: HostChoice): HostChoice & { token: string } {
  const { token } = choice
  if (token === undefined) throw notSignedIn(choice.url)
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new UsageError('The token has characters that no token has.', { command: 'paas login' })
  return { ...choice, token }
}

function notSignedIn(url?: string): CliError {
  const message = url ? `You are not signed in to ${url}.` : 'You are not signed in to a box.'
  const fix = 'Sign in with a token, or set PAAS_HOST and PAAS_TOKEN.'
  return new CliError(message, { fix, command: `paas login ${url ?? 'https://BOX'}` }, EXIT.denied)
}
