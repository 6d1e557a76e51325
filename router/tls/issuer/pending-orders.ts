import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeDurably, writeDurably } from '../../durable-file.ts'
import { codeOf, type Log, messageOf } from '../../log.ts'
import { fileName } from '../store.ts'

/** An order that was placed and the key that its certificate will be for. */
export type PendingOrder = { directoryUrl: string; url: string; key: string }

/** Orders on disk from the moment they are placed until their certificate is, so that a crash costs none. */
export class PendingOrders {
  readonly #directory: string
  readonly #log: Log

  constructor(directory: string, log: Log) {
    this.#directory = directory
    this.#log = log
  }

  async save(name: string, order: PendingOrder): Promise<void> {
    await writeDurably(this.#path(name), `${JSON.stringify(order)}\n`)
  }

  async load(name: string): Promise<PendingOrder | undefined> {
    const path = this.#path(name)
    try {
      const { directoryUrl, url, key } = JSON.parse(await readFile(path, 'utf8'))
      return { directoryUrl: String(directoryUrl), url: String(url), key: String(key) }
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') this.#log.error('order.skipped', { file: path, reason: messageOf(error) })
      return undefined
    }
  }

  async remove(name: string): Promise<void> {
    await removeDurably(this.#path(name))
  }

  #path(name: string): string {
    return join(this.#directory, `${fileName(name)}.json`)
  }
}
