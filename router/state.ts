import { readFileSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createHash } from './builtins.ts'
import type { RouterTable } from './contract/table.ts'
import { writeDurably } from './durable-file.ts'
import { codeOf, type Log, messageOf } from './log.ts'
import { Seal } from './seal.ts'
import { readTable } from './table.ts'

/** The second one has the part of the table that holds secrets (`acme`) sealed; older routers wrote it in clear. */
const SCHEMAS = [1, 2]
const [CLEAR, SEALED] = SCHEMAS
const PURPOSE = 'acme settings of a saved table'
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
  readonly #seal: Seal
  #lastDigest = ''

  constructor(directory: string, log: Log) {
    this.#directory = directory
    this.#log = log
    this.#seal = new Seal(join(directory, 'secret.key'))
  }

  /** Durable when it resolves. A full disk is met by giving up the older copies first. */
  async save(table: RouterTable, bootId: string): Promise<void> {
    const digest = sha256(JSON.stringify([bootId, table]))
    if (digest === this.#lastDigest) return
    const path = join(this.#directory, `table-${String(table.version).padStart(16, '0')}.json`)
    try {
      await writeDurably(path, await this.#textOf(table, bootId))
    } catch (error) {
      if (codeOf(error) !== 'ENOSPC') throw error
      await this.#prune(1)
      await writeDurably(path, await this.#textOf(table, bootId))
    }
    this.#lastDigest = digest
    await this.#prune(KEPT)
  }

  /** The newest table that is whole; damaged ones are skipped and named in the log. */
  async load(): Promise<SavedTable | null> {
    for (const name of await this.#names()) {
      try {
        return await this.#parse(await readFile(join(this.#directory, name), 'utf8'))
      } catch (error) {
        this.#log.error('state.refused', { file: join(this.#directory, name), reason: messageOf(error) })
      }
    }
    return null
  }

  async #textOf({ acme, ...table }: RouterTable, bootId: string): Promise<string> {
    const sealed = acme && { sealedAcme: await this.#seal.close(JSON.stringify(acme), PURPOSE) }
    const body = JSON.stringify({ machineBootId: bootId, table, ...sealed })
    return `{"schema":${sealed ? SEALED : CLEAR},"sha256":"${sha256(body)}","body":${body}}\n`
  }

  async #parse(text: string): Promise<SavedTable> {
    const { schema, sha256: digest, body } = JSON.parse(text)
    if (!SCHEMAS.includes(schema))
      throw new Error(`written in schema ${schema}, this router reads ${SCHEMAS.join(', ')}`)
    if (sha256(JSON.stringify(body)) !== digest) throw new Error('its checksum does not match')
    const acme = body.sealedAcme === undefined ? {} : await this.#unseal(body.sealedAcme)
    return { table: readTable({ ...body.table, ...acme }), machineBootId: String(body.machineBootId) }
  }

  /** Without its key file the table is served all the same: only orders wait for the server to put the settings again. */
  async #unseal(sealed: string): Promise<{ acme?: unknown }> {
    try {
      return { acme: JSON.parse(await this.#seal.open(sealed, PURPOSE)) }
    } catch (error) {
      this.#log.error('state.sealed', { reason: messageOf(error) })
      return {}
    }
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

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
