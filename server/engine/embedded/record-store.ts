import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'

/** One JSON file per record, replaced as a whole: a reader sees the old one or the new one. */
export class RecordStore<T extends { id: string }> {
  readonly #directory: string
  readonly #schema: z.ZodType<T>
  readonly #log: Log

  constructor(directory: string, schema: z.ZodType<T>, log: Log) {
    this.#directory = directory
    this.#schema = schema
    this.#log = log
  }

  /** A file that cannot be read as a record is left out and named in the log. */
  load(): T[] {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    const names = readdirSync(this.#directory).filter((name) => name.endsWith('.json'))
    return names.map((name) => this.#read(join(this.#directory, name))).filter((record) => record !== null)
  }

  save(record: T): void {
    writeWhole(this.#file(record.id), JSON.stringify(record))
  }

  delete(id: string): void {
    rmSync(this.#file(id), { force: true })
  }

  #read(file: string): T | null {
    try {
      return this.#schema.parse(JSON.parse(readFileSync(file, 'utf8')))
    } catch (error) {
      this.#log.warn('embedded.record-unreadable', { file, reason: messageOf(error) })
      return null
    }
  }

  #file(id: string): string {
    return join(this.#directory, `${id}.json`)
  }
}

/** Temporary file, then rename. */
export function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
