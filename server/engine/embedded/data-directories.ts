import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PaasError } from '../../errors.ts'
import type { DataDirectory } from '../engine.ts'
import type { Layout } from './layout.ts'
import { writeWhole } from './record-store.ts'

/** Runs what keeps data where the machine has no user of that name. */
const FALLBACK_USER = 'nobody'
const PASSABLE = 0o001

type Account = { name: string; uid: number; gid: number }

/** One directory per name, which no removal of instances touches; beside it stands the port, which stays the same for good. */
export class DataDirectories {
  readonly #layout: Layout

  constructor(layout: Layout) {
    this.#layout = layout
  }

  of(app: string): string {
    return join(this.#layout.data, app)
  }

  /** Made, and given to whom the program runs as: servers of databases refuse to be root. */
  prepare(app: string, { user }: DataDirectory): void {
    const directory = this.of(app)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const account = accountFor(user)
    if (!account) return
    chownSync(directory, account.uid, account.gid)
    this.#makePassable(account.name)
  }

  port(app: string): number | null {
    const file = this.#portFile(app)
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : null
  }

  keepPort(app: string, port: number): void {
    mkdirSync(this.#layout.data, { recursive: true, mode: 0o700 })
    writeWhole(this.#portFile(app), String(port))
  }

  /** Gigabytes in thousands of files: everything else goes on meanwhile. */
  async remove(app: string): Promise<void> {
    await rm(this.of(app), { recursive: true, force: true })
    await rm(this.#portFile(app), { force: true })
  }

  #portFile(app: string): string {
    return `${this.of(app)}.port`
  }

  /** The data root and what is in it may be passed through, not read; what lies above is not ours to change. */
  #makePassable(user: string): void {
    const { data, directory } = this.#layout
    const ours = [data, directory, dirname(directory)]
    for (const each of ours) {
      const { mode } = statSync(each)
      if ((mode & PASSABLE) === 0) chmodSync(each, (mode & 0o7777) | PASSABLE)
    }
    for (let above = dirname(dirname(directory)); above !== dirname(above); above = dirname(above)) {
      if ((statSync(above).mode & PASSABLE) === 0) throw closed(above, user)
    }
  }
}

/** As whom it runs: only root can choose. */
export function asUser(argv: string[], { user }: DataDirectory): string[] {
  const account = accountFor(user)
  if (!account) return argv
  const ids = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', '--no-new-privs']
  return ['setpriv', ...ids, '--', ...argv]
}

function accountFor(user: string): Account | null {
  if (process.getuid?.() !== 0) return null
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n').map(readAccount)
  const found = accounts.find(({ name }) => name === user) ?? accounts.find(({ name }) => name === FALLBACK_USER)
  if (found) return found
  throw new Error(`/etc/passwd knows neither ${user} nor ${FALLBACK_USER}`)
}

function readAccount(line: string): Account {
  const [name = '', , uid, gid] = line.split(':')
  return { name, uid: Number(uid), gid: Number(gid) }
}

function closed(directory: string, user: string): PaasError {
  return new PaasError(
    'failed',
    'engine.data-closed',
    `The user ${user} cannot pass through ${directory} to its data.`,
    {
      fix: 'Let others pass through it, or set PAAS_DATA to a directory elsewhere.',
      command: `chmod o+x ${directory}`,
    },
  )
}
