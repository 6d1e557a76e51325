import type { AppLocks } from '../deploys/app-locks.ts'
import type { Engine } from '../engine/engine.ts'
import { hasErrorCode, messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { AddonRecord, ServerRecord } from './addon-records.ts'
import type { AddonRows } from './addon-rows.ts'
import type { Attachments } from './attachments.ts'
import type { Checkup } from './conditions/checkup.ts'
import type { Conditions } from './conditions/conditions.ts'
import type { Retirement } from './retirement.ts'
import type { Servers } from './servers.ts'

/** What the engine lost, and logins that nobody uses any more, are looked for this often. */
const LOOK_MS = 15_000

type UpkeepParts = {
  engine: Pick<Engine, 'watch'>
  rows: AddonRows
  attachments: Attachments
  servers: Servers
  retirement: Retirement
  checkup: Checkup
  conditions: Pick<Conditions, 'set'>
  /** Held by whoever changes a server: one that is being changed is left alone. */
  locks: AppLocks
  log: Log
}

/** Keeps servers running and the ways to them open: at the start, when the engine returns, on a timer. */
export class Upkeep implements AsyncDisposable {
  readonly #parts: UpkeepParts
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #following: Promise<void> | undefined

  constructor(parts: UpkeepParts) {
    this.#parts = parts
  }

  async start(): Promise<void> {
    this.#timer = setInterval(() => void this.look(), LOOK_MS)
    this.#following = this.#follow()
    await this.look()
  }

  /** Closes every gap between the rows and the engine now. Never throws. */
  look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    this.#closing.abort()
    await this.#following
    await this.#looking
  }

  async #lookOnce(): Promise<void> {
    const { locks, log, rows } = this.#parts
    for (const server of rows.servers()) {
      if (this.#closing.signal.aborted) return
      if (locks.held(server.id)) continue
      try {
        await locks.hold(server.id, () => this.#keepUp(server))
      } catch (error) {
        log.warn('addons.look', { server: server.id, reason: messageOf(error) })
      }
    }
  }

  async #keepUp(server: ServerRecord): Promise<void> {
    const { attachments, checkup, retirement, rows, servers } = this.#parts
    const addons = rows.of(server.id).filter(({ state }) => state === 'available')
    if (addons.length === 0) return
    await this.#run(server, addons)
    const appIds = new Set(addons.flatMap((addon) => attachments.ofAddon(addon.id).map(({ appId }) => appId)))
    for (const appId of appIds) await servers.link(server, appId)
    await retirement.pass(server.id)
    await checkup.pass(server, addons)
  }

  /** People hear of one that cannot run because its image is gone. */
  async #run(server: ServerRecord, addons: AddonRecord[]): Promise<void> {
    const { conditions, log, servers } = this.#parts
    const tell = (words: string | null) => {
      for (const { id } of addons) conditions.set(id, 'image-missing', words)
    }
    try {
      await servers.keepUp(server, (step) => log.info('addons.provide', { server: server.id, step }))
      tell(null)
    } catch (error) {
      if (hasErrorCode(error, 'engine.no-programs')) tell(`It does not run: its image is gone. ${messageOf(error)}`)
      throw error
    }
  }

  /** An engine that was away may have lost what ran. */
  async #follow(): Promise<void> {
    const { engine, log } = this.#parts
    try {
      for await (const { type } of engine.watch(this.#closing.signal)) if (type === 'resync') void this.look()
    } catch (error) {
      log.warn('addons.watch', { reason: messageOf(error) })
    }
  }
}
