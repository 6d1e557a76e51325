import { expect, test } from 'vitest'
import { AppsKit } from '../apps/apps-kit.ts'
import { Settings } from '../db/settings.ts'
import type { Engine, EngineDisk, EngineImage } from '../engine/engine.ts'
import { createLog } from '../log.ts'
import { Disk } from './disk.ts'
import { diskSettings } from './disk-settings.ts'

const MB = 1024 ** 2

test('what is kept for rollbacks follows the setting, and the image that serves is kept beyond it', async () => {
  using kit = new DiskKit()
  kit.engine.images = ['a', 'b', 'c', 'd'].map((build) => kit.image(build))
  kit.recent = ['sha256:d', 'sha256:c', 'sha256:b']
  kit.serve('sha256:a')
  expect((await kit.disk.plan()).remove).toEqual([])
  kit.settings.update({ keepReleases: 1 })
  const { remove } = await kit.disk.plan()
  expect(remove.map(({ what }) => what)).toEqual(['b', 'c'])
  expect(kit.engine.removed).toEqual([])
})

test('a collection removes what the plan names and tells what was in use after all', async () => {
  using kit = new DiskKit()
  kit.engine.images = [kit.image('old'), kit.image('held'), kit.image('kept')]
  kit.engine.held = 'sha256:held'
  kit.recent = ['sha256:kept']
  const { removed, left } = await kit.disk.collect()
  expect(removed.map(({ what }) => what)).toEqual(['old'])
  expect(left.map(({ what }) => what)).toEqual(['held'])
  expect(kit.engine.removed).toEqual(['sha256:old'])
})

test('a deploy that begins after the plan was made keeps the images of its app', async () => {
  using kit = new DiskKit()
  kit.engine.images = [kit.image('old')]
  kit.deploying = [0, 1]
  expect((await kit.disk.collect()).left.map(({ what }) => what)).toEqual(['old'])
  expect(kit.engine.removed).toEqual([])
  expect((await kit.disk.collect()).removed.map(({ what }) => what)).toEqual(['old'])
})

test('who asks while a collection runs gets the answer of that one', async () => {
  using kit = new DiskKit()
  kit.engine.images = [kit.image('old')]
  const [one, other] = await Promise.all([kit.disk.collect(), kit.disk.collect()])
  expect(one).toBe(other)
  expect(kit.engine.removed).toEqual(['sha256:old'])
})

test('what old builds printed goes with each collection', async () => {
  using kit = new DiskKit()
  kit.settings.update({ keepBuilds: 7 })
  await kit.disk.collect()
  expect(kit.forgotten).toEqual([7])
})

test('the cache is cut down to its budget', async () => {
  using kit = new DiskKit()
  kit.engine.cacheBytes = 9 * MB
  kit.settings.update({ cacheBudget: 4 * MB })
  const { removed } = await kit.disk.collect()
  expect(kit.engine.cacheKept).toBe(4 * MB)
  expect(removed).toMatchObject([{ kind: 'cache', bytes: 5 * MB }])
})

test('what takes how much is told by app, the largest first, and other boxes are not in it', async () => {
  using kit = new DiskKit()
  kit.engine.images = [kit.image('a'), kit.image('b'), kit.image('x', { app: 'of-another-box', own: false })]
  kit.engine.cacheBytes = 9 * MB
  const { parts, freeBytes } = await kit.disk.usage()
  expect(parts).toEqual([
    { what: 'build cache', app: null, bytes: 9 * MB },
    { what: '2 images', app: 'shop', bytes: 2 * MB },
    { what: 'logs', app: null, bytes: 5 },
  ])
  expect(freeBytes).toBeGreaterThan(0)
})

class FakeEngine {
  images: EngineImage[] = []
  cacheBytes = 0
  held = ''
  cacheKept: number | undefined
  readonly removed: string[] = []

  async disk(): Promise<EngineDisk> {
    return { images: this.images, cacheBytes: this.cacheBytes, baseBytes: 0, directory: null }
  }
  async removeImage(id: string): Promise<boolean> {
    if (id === this.held) return false
    this.removed.push(id)
    return true
  }
  async pruneCache(keepBytes: number): Promise<number> {
    this.cacheKept = keepBytes
    return this.cacheBytes - keepBytes
  }
}

/** A box with one app; its releases and turns are what the test says. */
class DiskKit implements Disposable {
  /** How many builds were kept, each time that old ones were forgotten. */
  readonly forgotten: number[] = []
  readonly #kit = new AppsKit()
  readonly engine = new FakeEngine()
  readonly settings = diskSettings(new Settings(this.#kit.db))
  readonly disk: Disk
  recent: string[] = []
  /** How many deploys are in line, from one question to the next. */
  deploying: number[] = []
  #serving: string | undefined

  constructor() {
    this.disk = new Disk({
      builds: { forgetOld: async (_app: string, keep: number) => this.forgotten.push(keep) },
      engine: this.engine as unknown as Engine,
      apps: this.#kit.apps,
      releases: {
        recentImages: (_, count) => this.recent.slice(0, count),
        find: () => (this.#serving === undefined ? undefined : ({ image: this.#serving } as never)),
      },
      turns: { length: () => this.deploying.shift() ?? 0 },
      diskSettings: this.settings,
      directory: this.#kit.directory,
      measure: async () => [
        { what: 'logs', bytes: 5 },
        { what: 'database', bytes: 0 },
      ],
      log: createLog('test', 'error'),
    })
  }

  image(build: string, values: Partial<EngineImage> = {}): EngineImage {
    const app = this.#kit.shop.id
    return { id: `sha256:${build}`, name: build, app, own: true, bytes: MB, inUse: false, ...values }
  }

  serve(image: string): void {
    this.#serving = image
    this.#kit.apps.setCurrentRelease(this.#kit.shop.id, 1)
  }

  [Symbol.dispose](): void {
    this.disk[Symbol.dispose]()
    this.#kit[Symbol.dispose]()
  }
}
