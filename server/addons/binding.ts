import type { AppRecord, Apps } from '../apps/apps.ts'
import type { ConfigVarStore } from '../apps/config-vars.ts'
import type { Database } from '../db/database.ts'
import type { Deploys } from '../deploys/deploys.ts'
import { PaasError } from '../errors.ts'
import type { Actor } from '../people/actor.ts'
import type { AddonRecord } from './addon-records.ts'
import type { AddonRows } from './addon-rows.ts'
import type { Login } from './addon-service.ts'
import { type Attachments, nameTaken, variableOf } from './attachments.ts'
import type { Credentials } from './credentials.ts'
import { databaseOf, type Servers } from './servers.ts'
import { serviceNamed } from './services.ts'

export type Change = { release: number; deploy: string } | null

export type BindingParts = {
  db: Database
  apps: Apps
  configVars: Pick<ConfigVarStore, 'all'>
  rows: AddonRows
  attachments: Attachments
  credentials: Credentials
  servers: Servers
  deploys: Pick<Deploys, 'configChanged'>
}

/**
 * Between addons and apps. What an app gets to know changes together with the release that carries it, in one transaction;
 * what an old release still uses goes later (retirement.ts).
 */
export class Binding {
  readonly #parts: BindingParts

  constructor(parts: BindingParts) {
    this.#parts = parts
  }

  /** The login is made and the way is open before the app hears of it. Without a name, those that are free are chosen. */
  async attach(actor: Actor, addon: AddonRecord, app: AppRecord, as: string | null): Promise<Change> {
    const { attachments, db, rows } = this.#parts
    this.requireFree(app, as)
    await this.open(addon, app.id)
    return db.transaction(() => {
      const names = as === null ? this.#names(addon, app) : [as]
      for (const name of names) attachments.add(app.id, name, addon.id)
      const change = this.#release(actor, app, names, `Attach ${names.join(', ')} (${addon.name})`)
      if (app.id === addon.appId) rows.change(addon.id, { deployId: change?.deploy ?? null })
      return change
    })
  }

  /** Throws `attachment.taken` for a name that the app uses, be it for a config var of its own. */
  requireFree(app: AppRecord, name: string | null): void {
    const { attachments, configVars } = this.#parts
    if (name === null) return
    const taken = attachments.find(app.id, name) !== undefined || variableOf(name) in configVars.all(app.id)
    if (taken) throw nameTaken(name)
  }

  /** The app can sign in and get there. Idempotent. */
  async open(addon: AddonRecord, appId: string): Promise<void> {
    await this.#openWith(addon, appId, this.#parts.credentials.ensure(addon.id, appId))
  }

  async #openWith(addon: AddonRecord, appId: string, login: Login): Promise<void> {
    const { rows, servers } = this.#parts
    const server = rows.server(addon.serverId)
    await serviceNamed(addon.service).putCredential(await servers.access(server), databaseOf(addon), login)
    await servers.link(server, appId)
  }

  /** Throws `attachment.not-found`. */
  detach(actor: Actor, app: AppRecord, name: string): Change {
    const { attachments, rows } = this.#parts
    const attachment = attachments.find(app.id, name)
    if (!attachment) throw notAttached(app, name)
    return this.#take(actor, app, rows.get(attachment.addonId), [name])
  }

  /** All of an addon, in all apps: it is about to go. One release for each app. */
  detachAll(actor: Actor, addon: AddonRecord): void {
    const { apps, attachments } = this.#parts
    const byApp = Map.groupBy(attachments.ofAddon(addon.id), ({ appId }) => appId)
    for (const [appId, all] of byApp) {
      const app = apps.findById(appId)
      const names = all.map(({ name }) => name)
      if (app) this.#take(actor, app, addon, names)
    }
  }

  /**
   * A new login beside the old one, which goes when no instance uses it any more. It works before anything is told of it: a
   * release that is made for another reason meanwhile still carries the old one.
   */
  async rotate(actor: Actor, addon: AddonRecord, app: AppRecord): Promise<Change> {
    const { attachments, credentials, db } = this.#parts
    const namesNow = () => attachments.ofApp(app.id).flatMap((each) => (each.addonId === addon.id ? [each.name] : []))
    if (namesNow().length === 0) throw notAttached(app, addon.name)
    const fresh = credentials.prepare(addon.id, app.id)
    await this.#openWith(addon, app.id, fresh)
    return db.transaction(() => {
      const names = namesNow()
      // Detached meanwhile: the fresh one is left to go like the old one.
      if (names.length === 0) throw notAttached(app, addon.name)
      const old = this.#retire(addon.id, app.id)
      credentials.makeCurrent(fresh.id)
      const change = this.#release(actor, app, names, `Rotate the credential of ${addon.name}`)
      if (old) credentials.retireUntil(old, change?.release ?? null)
      return change
    })
  }

  /** The first name of its kind leads to this one from now on; what it led to keeps a name of its own. */
  promote(actor: Actor, addon: AddonRecord, app: AppRecord): Change {
    const { attachments, db, rows } = this.#parts
    const { first } = serviceNamed(addon.service).names
    const former = attachments.find(app.id, first)
    if (!attachments.ofApp(app.id).some((each) => each.addonId === addon.id)) throw notAttached(app, addon.name)
    if (former?.addonId === addon.id) throw promoted(addon, variableOf(first))
    if (!former) this.requireFree(app, first)
    return db.transaction(() => {
      const changed = [first]
      if (former) {
        attachments.remove(app.id, first)
        changed.push(...this.#alternate(rows.get(former.addonId), app))
      }
      attachments.add(app.id, first, addon.id)
      return this.#release(actor, app, changed, `Promote ${addon.name} to ${variableOf(first)}`)
    })
  }

  /** A release for each app that has it, with what there is to know of it now. */
  announce(actor: Actor, addon: AddonRecord, description: string): void {
    const { apps, attachments, rows } = this.#parts
    const byApp = Map.groupBy(attachments.ofAddon(addon.id), ({ appId }) => appId)
    for (const [appId, all] of byApp) {
      const app = apps.findById(appId)
      const names = all.map(({ name }) => name)
      const change = app && this.#release(actor, app, names, description)
      if (appId === addon.appId) rows.change(addon.id, { deployId: change?.deploy ?? null })
    }
  }

  /** Another name for what is about to lose its only one. */
  #alternate(addon: AddonRecord, app: AppRecord): string[] {
    const { attachments } = this.#parts
    if (attachments.ofApp(app.id).some((each) => each.addonId === addon.id)) return []
    const { first } = serviceNamed(addon.service).names
    const name = this.#names(addon, app).find((each) => each !== first)
    if (name === undefined) return []
    attachments.add(app.id, name, addon.id)
    return [name]
  }

  #names(addon: AddonRecord, app: AppRecord): string[] {
    const { attachments, configVars } = this.#parts
    const all = attachments.freeNames(addon, app.id, new Set(Object.keys(configVars.all(app.id))))
    const isAttached = attachments.ofApp(app.id).some((each) => each.addonId === addon.id)
    return isAttached ? all.filter((name) => name !== serviceNamed(addon.service).names.first).slice(0, 1) : all
  }

  /** With the last name of an app goes its login. */
  #take(actor: Actor, app: AppRecord, addon: AddonRecord, names: string[]): Change {
    const { attachments, credentials, db } = this.#parts
    return db.transaction(() => {
      for (const name of names) attachments.remove(app.id, name)
      const isLast = !attachments.ofApp(app.id).some((each) => each.addonId === addon.id)
      const old = isLast ? this.#retire(addon.id, app.id) : undefined
      const change = this.#release(actor, app, names, `Detach ${names.join(', ')} (${addon.name})`)
      if (old) credentials.retireUntil(old, change?.release ?? null)
      return change
    })
  }

  #retire(addonId: string, appId: string): string | undefined {
    const { credentials } = this.#parts
    const old = credentials.current(addonId, appId)
    credentials.retire(addonId, appId)
    return old?.id
  }

  #release(actor: Actor, app: AppRecord, names: string[], description: string): Change {
    return this.#parts.deploys.configChanged(actor, app, names.map(variableOf), description)
  }
}

function notAttached(app: AppRecord, name: string): PaasError {
  return new PaasError('not-found', 'attachment.not-found', `${app.name} has no attachment ${name}.`, {
    fix: 'See what it has.',
    command: `paas addons -a ${app.name}`,
  })
}

function promoted(addon: AddonRecord, variable: string): PaasError {
  return new PaasError('conflict', 'addon.promoted', `${addon.name} is ${variable} already.`, {
    fix: 'There is nothing to do.',
  })
}
