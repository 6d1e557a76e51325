import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { treeBytes } from './file-tree.ts'
import { PARTIAL } from './leftovers.ts'

/** Change it when layers are made in another way, so that old ones are not taken for new. */
const FORMAT = 1
/** How many builds back a layer may have been used before it is forgotten. */
const KEPT_BUILDS = 3

export type Layer = { key: string; directory: string; sizeBytes: number }

/**
 * One app's build results after each step, by a key that chains everything the result depends on. A layer is complete
 * once it has its name, and is never written to again.
 */
export class LayerStore {
  readonly #directory: string
  readonly #used = new Set<string>()

  constructor(directory: string) {
    this.#directory = directory
    mkdirSync(directory, { recursive: true })
  }

  key(previous: string, parts: unknown): string {
    return createHash('sha256')
      .update(JSON.stringify([FORMAT, previous, parts]))
      .digest('hex')
      .slice(0, 40)
  }

  find(key: string): Layer | undefined {
    try {
      const { sizeBytes } = JSON.parse(readFileSync(join(this.#directory, key, 'layer.json'), 'utf8'))
      const now = new Date()
      utimesSync(join(this.#directory, key), now, now)
      this.#used.add(key)
      return { key, directory: join(this.#directory, key, 'app'), sizeBytes }
    } catch {
      return undefined
    }
  }

  /** Makes a layer: `fill` gets an empty directory; nothing stays behind when it throws. */
  async add(key: string, fill: (directory: string) => Promise<void>): Promise<Layer> {
    const partial = join(this.#directory, key + PARTIAL)
    rmSync(partial, { recursive: true, force: true })
    const app = join(partial, 'app')
    mkdirSync(app, { recursive: true })
    try {
      await fill(app)
      const sizeBytes = treeBytes(app)
      writeFileSync(join(partial, 'layer.json'), JSON.stringify({ sizeBytes }))
      rmSync(join(this.#directory, key), { recursive: true, force: true })
      renameSync(partial, join(this.#directory, key))
      this.#used.add(key)
      return { key, directory: join(this.#directory, key, 'app'), sizeBytes }
    } finally {
      rmSync(partial, { recursive: true, force: true })
    }
  }

  /** Forgets what the last builds did not use, and what a crash left half made. */
  prune(): void {
    const names = readdirSync(this.#directory).filter((name) => !this.#used.has(name))
    const keep = Math.max(1, this.#used.size) * KEPT_BUILDS - this.#used.size
    const whole = names.filter((name) => !name.endsWith(PARTIAL)).sort((a, b) => this.#usedAt(b) - this.#usedAt(a))
    const doomed = [...whole.slice(keep), ...names.filter((name) => name.endsWith(PARTIAL))]
    for (const name of doomed) rmSync(join(this.#directory, name), { recursive: true, force: true })
  }

  #usedAt(key: string): number {
    return statSync(join(this.#directory, key)).mtimeMs
  }
}
