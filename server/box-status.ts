import { freemem, totalmem } from 'node:os'
import type { RouterClient } from '../router/client.ts'
import type { RouterStatus } from '../router/contract/call.ts'
import type { Apps } from './apps/apps.ts'
import type { Config } from './config.ts'
import type { Box } from './contract/box.ts'
import type { BoxSettingsStore } from './deploys/box-settings.ts'
import type { Deploys } from './deploys/deploys.ts'
import { freeSpace } from './deploys/disk-space.ts'
import type { Engine } from './engine/engine.ts'
import { messageOf } from './errors.ts'
import type { Claims } from './people/claims.ts'
import { VERSION } from './version.ts'

/** The box as `paas status` tells it; what does not answer is said to, not waited for. */
export class BoxStatus {
  readonly #parts: BoxStatusParts
  readonly #startedAt = new Date()
  #ssh = { port: 0, fingerprint: '' }

  constructor(parts: BoxStatusParts) {
    this.#parts = parts
  }

  get baseDomain(): string {
    return this.#parts.boxSettings.get().baseDomain
  }

  get platformHost(): string {
    return this.#parts.boxSettings.get().platformHost
  }

  /** Where git clients reach the box. */
  get ssh(): { host: string; port: number } {
    return { host: this.baseDomain, port: this.#ssh.port }
  }

  listening(ssh: { port: number; fingerprint: string }): void {
    this.#ssh = ssh
  }

  async read(): Promise<Box> {
    const { apps, claims, config, deploys } = this.#parts
    const [engine, router, disk] = await Promise.all([this.#engine(), this.#router(), freeSpace(config.data)])
    return {
      version: VERSION,
      claimed: claims.claimed(),
      baseDomain: this.baseDomain,
      engine,
      router: { available: router.status !== null, version: router.status?.version ?? null, reason: router.reason },
      ssh: { host: this.baseDomain, ...this.#ssh },
      apps: apps.list().length,
      instances: deploys.runningInstances(),
      disk,
      memory: {
        freeBytes: freemem(),
        totalBytes: totalmem(),
        serverBytes: process.memoryUsage.rss(),
        routerBytes: router.status?.rssBytes ?? null,
      },
      startedAt: this.#startedAt.toISOString(),
    }
  }

  async #engine(): Promise<Box['engine']> {
    try {
      const { name, version, isolates } = await this.#parts.engine.info()
      return { name, version, isolates, available: true, reason: null }
    } catch (error) {
      return {
        name: this.#parts.config.engine,
        version: '',
        isolates: false,
        available: false,
        reason: messageOf(error),
      }
    }
  }

  async #router(): Promise<{ status: RouterStatus | null; reason: string | null }> {
    try {
      return { status: await this.#parts.router.status(), reason: null }
    } catch (error) {
      return { status: null, reason: messageOf(error) }
    }
  }
}

type BoxStatusParts = {
  config: Config
  boxSettings: BoxSettingsStore
  claims: Claims
  apps: Apps
  deploys: Deploys
  engine: Engine
  router: RouterClient
}
