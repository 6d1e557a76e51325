import { X509Certificate } from 'node:crypto'
import type { EdgeSettings } from '../../router/contract/table.ts'
import type { Domains } from '../apps/domains.ts'
import type { BoxSettingName, BoxSettings, UpdateBoxSettings } from '../contract/box-settings.ts'
import type { Settings } from '../db/settings.ts'
import { PaasError } from '../errors.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Heroku's R10: how long new `web` instances may take to answer. */
export const BOOT_TIMEOUT_MS = 60_000
/** RELIABILITY 5.1: a new release that crashes this soon is rolled back by itself; the old one still runs. */
export const MONITOR_MS = 10_000

const ROWS = { baseDomain: 'base_domain', platformHost: 'platform_host' } as const
const TIMES = { bootTimeout: 'boot_timeout_ms', monitor: 'monitor_ms' } as const
const EDGE = 'edge'
const NETWORK = 'build_network'

/** What an owner of the box changes while it runs; each is in force for whatever begins after the change. */
export class BoxSettingsStore {
  readonly #settings: Settings
  readonly #domains: Pick<Domains, 'claimsAt'>
  readonly #firstBaseDomain: string

  constructor(settings: Settings, domains: Pick<Domains, 'claimsAt'>, firstBaseDomain: string) {
    this.#settings = settings
    this.#domains = domains
    this.#firstBaseDomain = firstBaseDomain
  }

  get(): BoxSettings {
    const baseDomain = this.#settings.get(ROWS.baseDomain) ?? this.#firstBaseDomain
    return {
      baseDomain,
      platformHost: this.#settings.get(ROWS.platformHost) ?? `paas.${baseDomain}`,
      bootTimeout: this.bootTimeoutMs / 1_000,
      monitor: this.monitorMs / 1_000,
      ...(this.edge() ?? NO_EDGE),
      ...this.#network(),
    }
  }

  defaults(): BoxSettings {
    return {
      baseDomain: this.#firstBaseDomain,
      platformHost: `paas.${this.get().baseDomain}`,
      bootTimeout: BOOT_TIMEOUT_MS / 1_000,
      monitor: MONITOR_MS / 1_000,
      ...NO_EDGE,
      ...NO_NETWORK,
    }
  }

  get bootTimeoutMs(): number {
    return this.#milliseconds(TIMES.bootTimeout) ?? BOOT_TIMEOUT_MS
  }

  get monitorMs(): number {
    return this.#milliseconds(TIMES.monitor) ?? MONITOR_MS
  }

  /** Who stands in front of the router; undefined: nobody. */
  edge(): EdgeSettings | undefined {
    const row = this.#settings.get(EDGE)
    return row === undefined ? undefined : (JSON.parse(row) as EdgeSettings)
  }

  /** All or nothing; `changed` names what is different now. Throws `box.invalid` or `box.host-taken`. */
  update(changes: UpdateBoxSettings): { changed: BoxSettingName[] } {
    return this.#settings.transaction(() => {
      const before = this.get()
      this.#write(changes)
      const after = this.get()
      const names = Object.keys(after) as BoxSettingName[]
      const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
      if (after.proxyProtocol && after.trustedProxies.length === 0) throw nobodyTrusted()
      this.#refuseClaimed(changed, after)
      return { changed }
    })
  }

  #network(): NetworkSettings {
    return { ...NO_NETWORK, ...(JSON.parse(this.#settings.get(NETWORK) ?? '{}') as Partial<NetworkSettings>) }
  }

  #writeNetwork(changes: UpdateBoxSettings): void {
    const names = (Object.keys(NO_NETWORK) as (keyof NetworkSettings)[]).filter((name) => changes[name] !== undefined)
    if (names.length === 0) return
    const after = {
      ...this.#network(),
      ...Object.fromEntries(names.map((name) => [name, changes[name] ?? NO_NETWORK[name]])),
    }
    if (after.certificates !== null) refuseUnreadable(after.certificates)
    this.#settings.set(NETWORK, JSON.stringify(after))
  }

  #write({ trustedProxies, proxyProtocol, ...changes }: UpdateBoxSettings): void {
    this.#writeNetwork(changes)
    for (const name of ['baseDomain', 'platformHost'] as const) this.#put(ROWS[name], changes[name])
    for (const name of ['bootTimeout', 'monitor'] as const) {
      const seconds = changes[name]
      this.#put(TIMES[name], typeof seconds === 'number' ? String(seconds * 1_000) : seconds)
    }
    if (trustedProxies === undefined && proxyProtocol === undefined) return
    const present = this.edge() ?? NO_EDGE
    const edge: EdgeSettings = {
      trustedProxies: trustedProxies === undefined ? present.trustedProxies : (trustedProxies ?? []),
      proxyProtocol: proxyProtocol === undefined ? present.proxyProtocol : (proxyProtocol ?? false),
    }
    this.#put(EDGE, JSON.stringify(edge) === JSON.stringify(NO_EDGE) ? null : JSON.stringify(edge))
  }

  #put(row: string, value: string | null | undefined): void {
    if (value === null) this.#settings.unset(row)
    else if (value !== undefined) this.#settings.set(row, value)
  }

  /** The box's own names go first in the routes: an app would lose its host without a word. */
  #refuseClaimed(changed: BoxSettingName[], { baseDomain, platformHost }: BoxSettings): void {
    const claims = [
      ...(changed.includes('baseDomain') ? this.#domains.claimsAt(baseDomain, { below: true }) : []),
      ...(changed.includes('platformHost') ? this.#domains.claimsAt(platformHost, { below: false }) : []),
    ]
    if (claims.length > 0) throw hostTaken(claims)
  }

  #milliseconds(row: string): number | undefined {
    const value = Number(this.#settings.get(row))
    return Number.isInteger(value) && value > 0 ? value : undefined
  }
}

type NetworkSettings = Pick<BoxSettings, 'httpProxy' | 'httpsProxy' | 'noProxy' | 'certificates'>
const NO_NETWORK: NetworkSettings = { httpProxy: null, httpsProxy: null, noProxy: [], certificates: null }

const NO_EDGE: EdgeSettings = { trustedProxies: [], proxyProtocol: false }

function refuseUnreadable(pem: string): void {
  for (const [index, certificate] of (pem.match(CERTIFICATE) ?? []).entries()) {
    try {
      new X509Certificate(certificate)
    } catch {
      const message = `Certificate ${index + 1} of what was given cannot be read.`
      throw new PaasError('invalid', 'box.invalid', message, {
        fix: 'Give the PEM file as the authority hands it out.',
        command: 'paas box:set certificates=@authority.pem',
        errors: [{ path: 'certificates', message: 'is not PEM of an X.509 certificate' }],
      })
    }
  }
}

function nobodyTrusted(): PaasError {
  const message = 'The PROXY protocol is spoken with trusted proxies alone, and there are none.'
  return new PaasError('invalid', 'box.invalid', message, {
    fix: 'Name them in the same command.',
    command: 'paas box:set proxy-protocol=on trusted-proxies=192.0.2.1',
    errors: [{ path: 'proxyProtocol', message: 'needs trustedProxies' }],
  })
}

function hostTaken(claims: { host: string; app: string }[]): PaasError {
  const [first] = claims
  const list = claims.slice(0, 5).map(({ host, app }) => `${host} of ${app}`)
  return new PaasError('conflict', 'box.host-taken', `Apps have claimed what would be the box's: ${list.join(', ')}.`, {
    fix: 'Choose another name, or take the domains away first.',
    command: `paas domains:remove ${first?.host} -a ${first?.app}`,
  })
}
