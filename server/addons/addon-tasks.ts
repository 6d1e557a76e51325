import { EventEmitter } from 'node:events'
import type { Apps } from '../apps/apps.ts'
import { AppLocks } from '../deploys/app-locks.ts'
import { messageOf, PaasError } from '../errors.ts'
import type { Log } from '../log.ts'
import { type Actor, SYSTEM } from '../people/actor.ts'
import type { AddonRecord, Task } from './addon-records.ts'
import type { AddonRows } from './addon-rows.ts'
import type { Attachments } from './attachments.ts'
import type { Binding } from './binding.ts'
import type { Credentials } from './credentials.ts'
import { databaseOf, type Say, type Servers } from './servers.ts'
import { planNamed, serverSize, serviceNamed } from './services.ts'
import { whyNot } from './upgrade-move.ts'
import { Upgrades } from './upgrades.ts'

export type TasksParts = {
  apps: Apps
  rows: AddonRows
  attachments: Attachments
  credentials: Credentials
  binding: Binding
  servers: Servers
  /** Called before an addon is destroyed, while it still answers: a last backup. */
  beforeDestroy: (addon: AddonRecord) => Promise<void>
  log: Log
}

/**
 * Carries out what the row of an addon says is to be done; each step can be done again, so that whoever finds it half done
 * begins at the first. One at a time for each server.
 */
export class AddonTasks {
  readonly locks = new AppLocks()
  readonly #parts: TasksParts
  readonly #upgrades: Upgrades
  readonly #closing = new AbortController()
  readonly #running = new Map<string, Promise<void>>()
  readonly #news = new EventEmitter<{ changed: [string] }>().setMaxListeners(0)

  constructor(parts: TasksParts) {
    this.#parts = parts
    this.#upgrades = new Upgrades({ ...parts, locks: this.locks })
  }

  /** In the background; `settled` waits for it. */
  begin(id: string, actor: Actor = SYSTEM): void {
    const { serverId } = this.#parts.rows.get(id)
    const before = this.#running.get(id) ?? Promise.resolve()
    const work = before
      .then(() => this.locks.hold(serverId, () => this.#carry(id, actor)))
      .finally(() => this.#running.get(id) === work && this.#running.delete(id))
    this.#running.set(id, work)
  }

  /** Never throws: how it went is told by the row. */
  async settled(id: string): Promise<void> {
    await this.#running.get(id)
  }

  /** After a restart of the server. */
  resume(): void {
    for (const addon of this.#parts.rows.all()) if (addon.task && addon.state !== 'failed') this.begin(addon.id)
  }

  /** Resolves at the next change of this addon, or when the signal fires. */
  async changed(id: string, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const heard = (other: string) => {
        if (other !== id) return
        done()
      }
      const done = () => {
        this.#news.off('changed', heard)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#news.on('changed', heard)
      signal.addEventListener('abort', done, { once: true })
      if (signal.aborted) done()
    })
  }

  tell(id: string): void {
    this.#news.emit('changed', id)
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the server is stopping'))
    await Promise.allSettled(this.#running.values())
  }

  async #carry(id: string, actor: Actor): Promise<void> {
    const { log, rows } = this.#parts
    const addon = rows.find(id)
    if (!addon?.task) return
    const say: Say = (step) => {
      rows.change(id, { step })
      this.tell(id)
    }
    try {
      this.#closing.signal.throwIfAborted()
      await this.#do(addon, addon.task, actor, say)
    } catch (error) {
      if (this.#closing.signal.aborted) return
      const reason = error instanceof PaasError ? error.message : `our fault: ${messageOf(error)}`
      log.warn('addons.task-failed', { addon: addon.name, task: addon.task.do, reason: messageOf(error) })
      if (this.#isStill(id, addon.task)) rows.change(id, { state: 'failed', step: null, reason })
    }
    this.tell(id)
  }

  async #do(addon: AddonRecord, task: Task, actor: Actor, say: Say): Promise<void> {
    if (task.do === 'create') await this.#create(addon, task, actor, say)
    else if (task.do === 'resize') await this.#resize(addon, task.plan, say)
    else if (task.do === 'restart') await this.#restart(addon, say)
    else if (task.do === 'arrive') await this.#arrive(addon, task, actor, say)
    else if (task.do === 'upgrade') return await this.#upgrade(addon, task, actor, say)
    else return await this.#destroy(addon, task.backup !== false, actor, say)
    if (!this.#isStill(addon.id, task)) return
    this.#parts.rows.change(addon.id, { state: 'available', task: null, step: null, reason: null })
  }

  /** False when somebody has decided otherwise meanwhile, such as to destroy it: that is done next. */
  #isStill(id: string, task: Task): boolean {
    return JSON.stringify(this.#parts.rows.find(id)?.task) === JSON.stringify(task)
  }

  async #create(addon: AddonRecord, task: Task & { do: 'create' }, actor: Actor, say: Say): Promise<void> {
    const { apps, attachments, binding, rows, servers } = this.#parts
    const service = serviceNamed(addon.service)
    await servers.raise(rows.server(addon.serverId), say, this.#closing.signal)
    say('making the database')
    await service.createDatabase(await servers.access(rows.server(addon.serverId)), databaseOf(addon))
    const app = apps.findById(addon.appId)
    const isAttached = attachments.ofAddon(addon.id).length > 0
    if (!task.attach || !app || isAttached) return
    say('attaching')
    await binding.attach(actor, addon, app, task.as)
  }

  async #resize(addon: AddonRecord, plan: string, say: Say): Promise<void> {
    const { rows } = this.#parts
    const wanted = planNamed(serviceNamed(addon.service), plan)
    if (!wanted.shared) rows.resize(addon.serverId, serverSize(wanted))
    await this.#up(rows.change(addon.id, { plan }), say)
  }

  async #restart(addon: AddonRecord, say: Say): Promise<void> {
    const { rows, servers } = this.#parts
    say('stopping')
    await servers.stop(rows.server(addon.serverId))
    await this.#up(addon, say)
  }

  /** One that is given up leaves the addon as it was: it has not failed. */
  async #upgrade(addon: AddonRecord, task: Task & { do: 'upgrade' }, actor: Actor, say: Say): Promise<void> {
    const { rows } = this.#parts
    const to = rows.find(task.to)
    const { signal } = this.#closing
    let reason: string | null = null
    try {
      if (!to) throw new PaasError('not-found', 'addon.not-found', 'The addon to move to was destroyed meanwhile.')
      if (!task.rehearse) {
        await this.#upgrades.run(addon, to, say, signal)
        return this.begin(addon.id, actor)
      }
      reason = await this.#upgrades.rehearse(addon, to, say, signal)
    } catch (error) {
      if (signal.aborted) throw error
      reason = whyNot(error)
      this.#parts.log.warn('addons.upgrade', { addon: addon.name, reason: messageOf(error) })
    }
    if (this.#isStill(addon.id, task)) rows.change(addon.id, { state: 'available', task: null, step: null, reason })
  }

  /** No app may find the server that was left under the name of the one that it is in now. */
  async #arrive(addon: AddonRecord, task: Task & { do: 'arrive' }, actor: Actor, say: Say): Promise<void> {
    const { attachments, binding, rows, servers } = this.#parts
    const left = rows.findServer(task.from)
    const appIds = new Set(attachments.ofAddon(addon.id).map(({ appId }) => appId))
    for (const appId of appIds) {
      if (left) await servers.unlink(left, appId)
      // Writers wait for it: before all else, where the server runs.
      if (await servers.instance(rows.server(addon.serverId))) await servers.link(rows.server(addon.serverId), appId)
    }
    await this.#up(addon, say)
    const { service, version } = rows.server(addon.serverId)
    binding.announce(actor, addon, `Move ${addon.name} to ${serviceNamed(service).title} ${version}`)
    if (left && task.spare !== undefined) await this.#upgrades.clear(addon, left, task.spare)
  }

  /** Whoever could reach it and sign in can again. */
  async #up(addon: AddonRecord, say: Say): Promise<void> {
    const { attachments, binding, rows, servers } = this.#parts
    await servers.raise(rows.server(addon.serverId), say, this.#closing.signal)
    say('opening the way for its apps')
    for (const each of rows.of(addon.serverId)) {
      const appIds = new Set(attachments.ofAddon(each.id).map(({ appId }) => appId))
      for (const appId of appIds) await binding.open(each, appId)
    }
  }

  async #destroy(addon: AddonRecord, backup: boolean, actor: Actor, say: Say): Promise<void> {
    const { beforeDestroy, binding, rows, servers } = this.#parts
    const server = rows.server(addon.serverId)
    const service = serviceNamed(addon.service)
    if (backup && service.copies && server.image !== null) {
      say('making a last backup')
      await beforeDestroy(addon).catch((error: unknown) => {
        throw this.#noLastBackup(addon, error)
      })
    }
    binding.detachAll(actor, addon)
    say('destroying')
    if (rows.of(server.id).length === 1) await servers.destroy(server)
    // A server that never came up holds nothing.
    else if (server.image !== null) await this.#drop(addon, backup)
    rows.delete(addon.id)
  }

  /** Out of a server that others use. Where it answers no more and nothing was to be kept, the data go with the last of them. */
  async #drop(addon: AddonRecord, isKept: boolean): Promise<void> {
    const { log, rows, servers } = this.#parts
    try {
      await serviceNamed(addon.service).dropDatabase(
        await servers.access(rows.server(addon.serverId)),
        databaseOf(addon),
      )
    } catch (error) {
      if (isKept) throw error
      log.warn('addons.not-dropped', { addon: addon.name, database: addon.database, reason: messageOf(error) })
    }
  }

  /** What cannot be backed up any more must not stay for ever. */
  #noLastBackup({ name, appId }: AddonRecord, cause: unknown): unknown {
    if (!(cause instanceof PaasError)) return cause
    const app = this.#parts.apps.findById(appId)?.name
    const instead = `paas addons:destroy ${name} --no-backup${app === undefined ? '' : ` -a ${app}`}`
    const message = `${cause.message.replace(/[.\s]+$/, '')}. To destroy it without a last backup: ${instead}`
    return new PaasError('failed', 'addon.no-last-backup', message, {}, { cause })
  }
}
