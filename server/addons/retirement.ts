import type { Apps } from '../apps/apps.ts'
import type { Engine } from '../engine/engine.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { AddonRows } from './addon-rows.ts'
import type { Attachments } from './attachments.ts'
import type { CredentialRecord, Credentials } from './credentials.ts'
import { databaseOf, type Servers } from './servers.ts'
import { serviceNamed } from './services.ts'

type RetirementParts = {
  apps: Apps
  engine: Pick<Engine, 'list'>
  rows: AddonRows
  attachments: Attachments
  credentials: Credentials
  servers: Servers
  log: Log
}

/**
 * Takes away logins that were replaced or detached, and the way to the server with the last one: not before the release
 * that does without serves, and no instance of an older one is left.
 */
export class Retirement {
  readonly #parts: RetirementParts

  constructor(parts: RetirementParts) {
    this.#parts = parts
  }

  /** Those of one server. What cannot be done now is tried again the next time. */
  async pass(serverId: string): Promise<void> {
    const { credentials, log, rows } = this.#parts
    for (const credential of credentials.retiring()) {
      const addon = rows.find(credential.addonId)
      if (addon?.serverId !== serverId || addon.state === 'destroying') continue
      try {
        if (!(await this.#isInUse(credential))) await this.#end(credential)
      } catch (error) {
        log.warn('addons.credential-not-dropped', { addon: addon.name, reason: messageOf(error) })
      }
    }
  }

  async #isInUse({ appId, untilRelease }: CredentialRecord): Promise<boolean> {
    const { apps, engine } = this.#parts
    const app = appId === null ? undefined : apps.findById(appId)
    if (!app) return false
    if (untilRelease !== null && (app.currentRelease ?? 0) < untilRelease) return true
    const instances = await engine.list(app.id)
    return instances.some(({ release }) => untilRelease === null || release < untilRelease)
  }

  async #end({ id, addonId, appId, user }: CredentialRecord): Promise<void> {
    const { attachments, credentials, rows, servers } = this.#parts
    const addon = rows.get(addonId)
    const server = rows.server(addon.serverId)
    await serviceNamed(addon.service).dropCredential(await servers.access(server), databaseOf(addon), user)
    credentials.delete(id)
    if (appId === null) return
    const others = rows
      .of(server.id)
      .flatMap((each) => [
        ...attachments.ofAddon(each.id).map((attachment) => attachment.appId),
        ...credentials.of(each.id).map((credential) => credential.appId),
      ])
    if (!others.includes(appId)) await servers.unlink(server, appId)
  }
}
