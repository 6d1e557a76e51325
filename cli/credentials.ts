import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CliError, hasErrorCode } from './errors.ts'

/** One box that the user signed in to. `ssh` tells which git remotes lead there. */
export type HostEntry = { url: string; user: string; token: string; ssh?: { host: string; port: number } }

/** `hosts` in the order of signing in; `current` is used where nothing else names one. */
export type Credentials = { current: string | undefined; hosts: HostEntry[] }

/** No file is no credentials; a file that cannot be understood is an error, so that nothing is overwritten. */
export async function readCredentials(file: string): Promise<Credentials> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return undefined
    throw error
  })
  if (text === undefined) return { current: undefined, hosts: [] }
  const value = parse(text)
  if (!value)
    throw new CliError(`${file} is damaged.`, { fix: 'Remove the file, then sign in again.', command: 'paas login' })
  return value
}

function parse(text: string): Credentials | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('hosts' in value) || !Array.isArray(value.hosts))
      return undefined
    if (!value.hosts.every(isHostEntry)) return undefined
    const current = 'current' in value && typeof value.current === 'string' ? value.current : undefined
    return { current, hosts: value.hosts }
  } catch {
    return undefined
  }
}

function isHostEntry(value: unknown): value is HostEntry {
  if (typeof value !== 'object' || value === null) return false
  const entry = value as Partial<Record<keyof HostEntry, unknown>>
  return typeof entry.url === 'string' && typeof entry.user === 'string' && typeof entry.token === 'string'
}

/** Written beside and renamed, mode 0600: a crash leaves the old file, never half of the new one. */
export async function writeCredentials(file: string, credentials: Credentials): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const temporary = `${file}.${process.pid}.tmp`
  try {
    await writeFile(temporary, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

export function withHost(credentials: Credentials, entry: HostEntry): Credentials {
  return { current: entry.url, hosts: [...credentials.hosts.filter(({ url }) => url !== entry.url), entry] }
}

export function withoutHost(credentials: Credentials, url: string): Credentials {
  const hosts = credentials.hosts.filter((entry) => entry.url !== url)
  return { current: credentials.current === url ? hosts.at(-1)?.url : credentials.current, hosts }
}
