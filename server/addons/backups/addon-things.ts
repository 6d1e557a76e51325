import type { Apps } from '../../apps/apps.ts'
import type { ConditionCode } from '../../contract/addon.ts'
import type { SecretBox } from '../../db/secret-box.ts'
import { PaasError } from '../../errors.ts'
import type { AddonRecord } from '../addon-records.ts'
import type { AddonRows } from '../addon-rows.ts'
import type { Addons } from '../addons.ts'
import { databaseOf } from '../servers.ts'
import { copiesOf, serviceNamed } from '../services.ts'
import type { BackedOfApp, BackedThings, Dump, RestoreSource, Scratch } from './backed.ts'
import { newAddon } from './new-addon.ts'
import { ScratchServers } from './scratch-servers.ts'

const PREFIX = 'addon:'

/** Addons as what is backed up. They belong to one app, whoever else they are attached to. */
export class AddonThings implements BackedThings {
  readonly #addons: Addons
  readonly #apps: Pick<Apps, 'findById'>
  readonly #scratch: ScratchServers

  constructor(parts: { addons: Addons; rows: AddonRows; apps: Pick<Apps, 'findById'>; box: SecretBox }) {
    this.#addons = parts.addons
    this.#apps = parts.apps
    this.#scratch = new ScratchServers({ ...parts, servers: parts.addons.servers })
  }

  /** After a start, when the engine has answered. */
  sweep(): Promise<void> {
    return this.#scratch.sweep()
  }

  condition(id: string, code: ConditionCode, words: string | null): void {
    if (id.startsWith(PREFIX)) this.#addons.conditions.set(id.slice(PREFIX.length), code, words)
  }

  find(id: string): BackedOfApp | undefined {
    const addon = id.startsWith(PREFIX) ? this.#addons.findById(id.slice(PREFIX.length)) : undefined
    return addon && this.#thing(addon)
  }

  getOf(app: { id: string; name: string }, name: string | undefined): BackedOfApp {
    const own = this.#own(app)
    const found = name === undefined ? only(own, app) : own.find((addon) => addon.name === name || addon.id === name)
    if (found) {
      copiesOf(serviceNamed(found.service))
      return this.#thing(found)
    }
    throw new PaasError('not-found', 'addon.not-found', `${app.name} owns no addon ${name}.`, {
      fix: 'Backups belong to the app that an addon was made for. See which there are.',
      command: `paas addons -a ${app.name}`,
    })
  }

  async restoreNew(from: RestoreSource, signal: AbortSignal): Promise<{ name: string }> {
    const app = this.#apps.findById(from.app.id)
    if (!app) throw new PaasError('not-found', 'app.not-found', `The app ${from.app.name} is not there any more.`)
    const source = this.#addons.findById(from.subject.slice(PREFIX.length))
    const server = source && this.#addons.server(source)
    const { name, plan = source?.plan, version = server?.version } = from.wish ?? {}
    const wish = { service: from.kind, name, plan, version, attach: false }
    return await newAddon(this.#addons, app, wish, async (made) =>
      this.#addons.restore(made, await from.open(), signal),
    )
  }

  #own(app: { id: string }): AddonRecord[] {
    const record = this.#apps.findById(app.id)
    return record ? this.#addons.list(record).filter(({ appId }) => appId === app.id) : []
  }

  #thing(addon: AddonRecord): BackedOfApp {
    const { id, name, service, appId } = addon
    const app = { id: appId, name: this.#apps.findById(appId)?.name ?? appId }
    return {
      ...{ id: PREFIX + id, name, kind: service, app },
      backup: (signal) => this.#dump(addon, signal),
      scratch: (signal): Promise<Scratch> => this.#scratch.make(this.#addons.server(addon), signal),
    }
  }

  async #dump(addon: AddonRecord, signal: AbortSignal): Promise<Dump> {
    const service = serviceNamed(addon.service)
    const server = this.#addons.server(addon)
    const access = await this.#addons.servers.access(server)
    const copies = copiesOf(service)
    const { stream, facts, bytes } = await copies.backup(access, databaseOf(addon), signal)
    const tool = `${service.title} ${server.version}`
    return { stream, tool, suffix: copies.suffix, expectedBytes: bytes, facts }
  }
}

/** Of those that can be backed up. */
function only(all: AddonRecord[], app: { name: string }): AddonRecord {
  const own = all.filter(({ service }) => serviceNamed(service).copies)
  const [first, ...others] = own
  if (first && others.length === 0) return first
  const message = first
    ? `${app.name} has several addons: ${own.map(({ name }) => name).join(', ')}.`
    : `${app.name} owns no database, so there is nothing to back up.`
  throw new PaasError('conflict', 'backup.which', message, {
    fix: first ? 'Say which.' : 'Make one first.',
    command: first
      ? `paas backups:create ${first.name} -a ${app.name}`
      : `paas addons:create postgresql -a ${app.name}`,
  })
}
