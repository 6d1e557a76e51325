import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeDurably, writeDurably } from '../durable-file.ts'
import { codeOf, type Log, messageOf } from '../log.ts'
import { type Certificate, readCertificate } from './certificate.ts'

const SCHEMA = 1

export type Source = 'auto' | 'custom'
/** `name` is the host that it was ordered for, or the label under which it was put. */
export type Stored = {
  name: string
  source: Source
  /** Whose hosts it serves; null: anybody's, for it was ordered for a host of the table. */
  service: string | null
  issuer: string | null
  certificate: Certificate
}

/**
 * Certificates on disk, one file each with key and chain together, so that they can never be of two minds. A file that
 * is damaged is skipped and named in the log.
 */
export class CertificateStore {
  readonly #directory: string
  readonly #log: Log

  constructor(directory: string, log: Log) {
    this.#directory = directory
    this.#log = log
  }

  /** Durable when it resolves. */
  async save({ name, source, service, issuer, certificate: { key, chain } }: Stored): Promise<void> {
    await writeDurably(
      this.#path(source, name),
      `${JSON.stringify({ schema: SCHEMA, name, source, service, issuer, key, chain })}\n`,
    )
  }

  async remove(source: Source, name: string): Promise<void> {
    await removeDurably(this.#path(source, name))
  }

  /** Undefined when it is not there, or not whole. */
  async load(source: Source, name: string): Promise<Stored | undefined> {
    return this.#read(this.#path(source, name))
  }

  async *all(): AsyncIterable<Stored> {
    for (const source of ['auto', 'custom'] as const) {
      const directory = join(this.#directory, source)
      for (const file of await filesIn(directory)) {
        const stored = await this.#read(join(directory, file))
        if (stored) yield stored
      }
    }
  }

  async #read(path: string): Promise<Stored | undefined> {
    try {
      return parse(await readFile(path, 'utf8'))
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') this.#log.error('certificate.skipped', { file: path, reason: messageOf(error) })
      return undefined
    }
  }

  #path(source: Source, name: string): string {
    return join(this.#directory, source, `${fileName(name)}.json`)
  }
}

/** Names are hosts or labels of the same alphabet; a star is no good in a file name, and a plus never occurs in one. */
export function fileName(name: string): string {
  return name.replace('*', '+').replaceAll(':', '=')
}

function parse(text: string): Stored {
  const { schema, name, source, service = null, issuer, key, chain } = JSON.parse(text)
  if (schema !== SCHEMA) throw new Error(`written in schema ${schema}, this router reads ${SCHEMA}`)
  return {
    name: String(name),
    source: source === 'custom' ? 'custom' : 'auto',
    service,
    issuer,
    certificate: readCertificate(chain, key),
  }
}

async function filesIn(directory: string): Promise<string[]> {
  const files = await readdir(directory).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  })
  return files.filter((file) => file.endsWith('.json')).sort()
}
