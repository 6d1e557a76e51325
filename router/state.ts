import { readFileSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createHash } from './builtins.ts'
import type { RouterTable } from './contract.ts'
import { codeOf, type Log, messageOf } from './log.ts'
import { readTable } from './table.ts'

const SCHEMA = 1
const KEPT = 5
const NAME = /^table-(\d{16})\.json$/
const BOOT_ID = '/proc/sys/kernel/random/boot_id'

export type SavedTable = { table: RouterTable; machineBootId: string }

/** Changes with every start of the machine: addresses of containers mean nothing across it. */
export function machineBootId(): string {
  return readFileSync(BOOT_ID, 'utf8').trim()
}

/** The last few tables on disk, each in a file of its own with its checksum inside. A table counts once it is fsynced. */
export class StateDirectory {
  readonly #directory: string
  readonly #log: Log
  #lastDigest = ''

  constructor(directory: string, log: Log) {
    this.#directory = directory
    this.#log = log
  }

  /** Durable when it resolves. A full disk is met by giving up the older copies first. */
  async save(table: RouterTable, bootId: string): Promise<void> {
    const body = JSON.stringify({ machineBootId: bootId, table })
    const digest = sha256(body)
    if (digest === this.#lastDigest) return
    const text = `{"schema":${SCHEMA},"sha256":"${digest}","body":${body}}\n`
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    const name = `table-${String(table.version).padStart(16, '0')}.json`
    try {
      await this.#write(name, text)
    } catch (error) {
      if (codeOf(error) !== 'ENOSPC') throw error
      await this.#prune(1)
      await this.#write(name, text)
    }
    this.#lastDigest = digest
    await this.#prune(KEPT)
  }

  /** The newest table that is whole; damaged ones are skipped and named in the log. */
  async load(): Promise<SavedTable | null> {
    for (const name of await this.#names()) {
      try {
        return parse(await readFile(join(this.#directory, name), 'utf8'))
      } catch (error) {
        this.#log.error('state.refused', { file: join(this.#directory, name), reason: messageOf(error) })
      }
    }
    return null
  }

  async #write(name: string, text: string): Promise<void> {
    const path = join(this.#directory, name)
    const draft = `${path}.tmp`
    try {
      await writeThrough(draft, text)
      await rename(draft, path)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
    await syncDirectory(this.#directory)
  }

  /** Newest first. */
  async #names(): Promise<string[]> {
    const names = await readdir(this.#directory).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    })
    return names
      .filter((name) => NAME.test(name))
      .sort()
      .reverse()
  }

  async #prune(kept: number): Promise<void> {
    for (const name of (await this.#names()).slice(kept)) await rm(join(this.#directory, name), { force: true })
  }
}

function parse(text: string): SavedTable {
  const { schema, sha256: digest, body } = JSON.parse(text)
  if (schema !== SCHEMA) throw new Error(`written in schema ${schema}, this router reads ${SCHEMA}`)
  if (sha256(JSON.stringify(body)) !== digest) throw new Error('its checksum does not match')
  return { table: readTable(body.table), machineBootId: String(body.machineBootId) }
}

async function writeThrough(path: string, text: string): Promise<void> {
  await using file = await open(path, 'w', 0o600)
  await file.writeFile(text)
  await file.sync()
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r')
  await directory.sync()
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
