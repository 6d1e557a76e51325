import type { HostEntry } from './credentials.ts'

export type Remote = { name: string; url: string }

/** Where a remote's URL leads: which box, by host and port, and which app. */
export type RemoteTarget = { transport: 'ssh' | 'http'; hostname: string; port: number; app: string }

const APP_PATH = /^\/?([a-z][a-z0-9-]*?)(?:\.git)?\/?$/
const HTTP_APP_PATH = /^\/git\/([a-z][a-z0-9-]*?)(?:\.git)?\/?$/
/** `git@host:app`: git's short form of ssh, which has no port. */
const SCP_FORM = /^(?:[^@/:]+@)?([^/:]+):([^/].*)$/

/** Undefined for a URL that cannot be an app's: a path of two parts, another scheme, a local folder. */
export function parseRemoteUrl(text: string): RemoteTarget | undefined {
  if (!text.includes('://')) return parseScpForm(text)
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol === 'ssh:') return target('ssh', url, 22, APP_PATH)
  if (url.protocol === 'http:') return target('http', url, 80, HTTP_APP_PATH)
  if (url.protocol === 'https:') return target('http', url, 443, HTTP_APP_PATH)
  return undefined
}

function parseScpForm(text: string): RemoteTarget | undefined {
  const [, hostname, path] = SCP_FORM.exec(text) ?? []
  const app = APP_PATH.exec(path ?? '')?.[1]
  return hostname && app ? { transport: 'ssh', hostname, port: 22, app } : undefined
}

function target(
  transport: RemoteTarget['transport'],
  url: URL,
  defaultPort: number,
  path: RegExp,
): RemoteTarget | undefined {
  const app = path.exec(url.pathname)?.[1]
  return app ? { transport, hostname: url.hostname, port: Number(url.port) || defaultPort, app } : undefined
}

/** The signed-in box that the target is on: by host and port, else by host name alone where just one has it. */
export function hostOfTarget(target: RemoteTarget, hosts: HostEntry[]): HostEntry | undefined {
  const exact = hosts.find((host) => isExact(target, host))
  if (exact) return exact
  const named = hosts.filter(
    (host) => new URL(host.url).hostname === target.hostname || host.ssh?.host === target.hostname,
  )
  return named.length === 1 ? named[0] : undefined
}

function isExact(target: RemoteTarget, host: HostEntry): boolean {
  if (target.transport === 'ssh') return host.ssh?.host === target.hostname && host.ssh.port === target.port
  const url = new URL(host.url)
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  return url.hostname === target.hostname && port === target.port
}
