import { RouterRefused } from '../router/client.ts'
import type { CertificateStatus, PutCertificateRequest } from '../router/contract/certificate.ts'
import type { AppRecord } from '../server/apps/apps.ts'
import type { Build, BuildDetails, BuildSbom } from '../server/contract/build.ts'
import type { DiskCollected, DiskPlan, DiskUsage } from '../server/contract/disk.ts'
import type { Instance, Process } from '../server/contract/formation.ts'
import type { LogRecord } from '../server/contract/log.ts'
import type { Deploy, Release } from '../server/contract/release.ts'
import type { DiskSettingsStore } from '../server/deploys/disk-settings.ts'
import { PaasError } from '../server/errors.ts'

/** For tests: the wings below the API, remembering what they were asked. */
export class FakeDeploys {
  readonly calls: string[] = []
  failure: Error | undefined

  configChanged(_actor: unknown, _app: AppRecord, _changed: string[], description: string) {
    this.calls.push(`configChanged ${description}`)
    return { release: 7, deploy: 'dep_1' }
  }
  rollback(_actor: unknown, _app: AppRecord, to?: number) {
    this.calls.push(`rollback ${to}`)
    return { release: 8, deploy: 'dep_2' }
  }
  async scale(_actor: unknown, _app: AppRecord, changes: unknown): Promise<Process[]> {
    this.calls.push(`scale ${JSON.stringify(changes)}`)
    if (this.failure) throw this.failure
    return this.processes()
  }
  processes(): Process[] {
    return [{ type: 'web', quantity: 2, command: null, memoryMb: 512, cpus: 1 }]
  }
  async restart(_actor: unknown, _app: AppRecord, process?: string): Promise<Instance[]> {
    this.calls.push(`restart ${process}`)
    return []
  }
  get(app: AppRecord, id: string): Deploy {
    if (id === 'dep_1') return deploy(app, 'building')
    throw new PaasError('not-found', 'deploy.not-found', `There is no deploy ${id}.`)
  }
  async *watch(app: AppRecord) {
    yield deploy(app, 'building')
    yield deploy(app, 'live')
  }
  state() {
    return 'running' as const
  }
  async instances(_app: AppRecord, stats: boolean): Promise<Instance[]> {
    this.calls.push(`instances ${stats}`)
    return []
  }
  async routesChanged(): Promise<void> {
    this.calls.push('routesChanged')
    if (this.failure) throw this.failure
  }
  async destroy(_actor: unknown, app: AppRecord): Promise<void> {
    this.calls.push(`destroy ${app.name}`)
    if (this.failure) throw this.failure
  }
}

export class FakeOtherWays {
  readonly calls: string[] = []

  async upload(
    _actor: unknown,
    _app: AppRecord,
    { content, version }: { content: AsyncIterable<Uint8Array>; version: string | undefined },
  ) {
    let bytes = 0
    for await (const chunk of content) bytes += chunk.length
    this.calls.push(`upload ${bytes} ${version}`)
    return { build: 'bld_1', deploy: 'dep_1' }
  }
  async imageArchive(
    actor: unknown,
    app: AppRecord,
    sent: { content: AsyncIterable<Uint8Array>; version: string | undefined },
  ) {
    return await this.upload(actor, app, sent)
  }
  async repository(_actor: unknown, _app: AppRecord, { url, ref }: { url: string; ref: string | null }) {
    this.calls.push(`repository ${url} ${ref}`)
    return { build: 'bld_1', deploy: 'dep_1' }
  }
  async image(_actor: unknown, _app: AppRecord, image: string) {
    this.calls.push(`image ${image}`)
    return { build: 'bld_1', deploy: 'dep_1' }
  }
}

export class FakeBuilds {
  lines: { n: number; text: string }[] = []

  list(app: AppRecord, page: { limit: number; cursor?: string }) {
    return { items: [build(app, `after ${page.cursor ?? 'nothing'}, ${page.limit}`)], next: 'more' }
  }
  get(app: AppRecord, id: string): BuildDetails {
    return { ...build(app, id), ...DETAILS }
  }
  async sbom(): Promise<BuildSbom> {
    return { bomFormat: 'CycloneDX', specVersion: '1.5', components: [] }
  }
  async *output() {
    yield* this.lines
  }
  cancel(_actor: unknown, app: AppRecord, id: string): Build {
    return build(app, id)
  }
}

export class FakeDisk {
  readonly #settings: DiskSettingsStore
  readonly #item = { kind: 'image' as const, app: 'shop', what: 'paas/shop:bld_1', bytes: 7, why: 'it is old' }

  constructor(settings: DiskSettingsStore) {
    this.#settings = settings
  }
  async usage(): Promise<DiskUsage> {
    const settings = { settings: this.#settings.get(), defaults: this.#settings.defaults }
    return { state: 'ample', freeBytes: 90, totalBytes: 100, parts: [], ...settings }
  }
  async plan(): Promise<DiskPlan> {
    return { remove: [this.#item], keep: [], bytes: 7, warnings: [] }
  }
  async collect(): Promise<DiskCollected> {
    return { removed: [this.#item], left: [], freeBytes: 97, warnings: [] }
  }
}

export class FakeReleases {
  list(): { items: Release[]; next: string | null } {
    return { items: [], next: null }
  }
  get(_app: AppRecord, number: number): Release {
    throw new PaasError('not-found', 'release.not-found', `There is no release v${number}.`)
  }
}

export class FakeLogs {
  records: LogRecord[] = []
  readonly asked: unknown[] = []
  readonly removed: string[] = []
  /** Set when a reader that follows was told to stop. */
  stopped = false

  async *read(_appId: string, filter: { follow?: boolean; signal?: AbortSignal }): AsyncGenerator<LogRecord> {
    this.asked.push({ ...filter, signal: undefined })
    yield* this.records
    if (!filter.follow) return
    await new Promise((resolve) => filter.signal?.addEventListener('abort', resolve, { once: true }))
    this.stopped = true
  }
  async remove(appId: string): Promise<void> {
    this.removed.push(appId)
  }
}

const DETAILS = {
  origin: null,
  attempt: 1,
  digest: null,
  phases: [],
  peakMemoryBytes: null,
  components: null,
  plan: null,
}
const THEN = '2026-01-31T00:00:00.000Z'

function deploy(app: AppRecord, state: 'building' | 'live'): Deploy {
  const final = state === 'live'
  const base = { id: 'dep_1', app: app.name, state, serving: final, final, release: null, build: null, reason: null }
  return { ...base, createdAt: THEN, updatedAt: THEN }
}

function build(app: AppRecord, id: string): Build {
  return {
    id,
    app: app.name,
    state: 'running',
    deploy: null,
    deployId: null,
    release: null,
    commit: 'abc',
    by: 'alice',
    buildpack: null,
    reason: null,
    createdAt: THEN,
    startedAt: null,
    endedAt: null,
    sizeBytes: null,
    // A field that the contract does not know must not reach the client.
    ...{ internalPath: '/var/lib/secret' },
  }
}

/** The part of the router that keeps certificates. */
export class FakeRouter {
  readonly certificatesHeld: CertificateStatus[] = []

  async certificates() {
    return { certificates: this.certificatesHeld }
  }
  async putCertificate(name: string, { service, chain }: PutCertificateRequest) {
    if (!chain.startsWith('-----BEGIN')) {
      throw new RouterRefused({ status: 400, code: 'certificate.invalid', title: 'no', detail: 'There is no PEM.' })
    }
    const held = { name, service, names: ['www.shop.com'], source: 'custom', state: 'issued', reason: '' } as const
    this.certificatesHeld.push({
      ...held,
      names: [...held.names],
      nextTryAt: null,
      issuer: null,
      notAfter: null,
      alarm: null,
    })
    return { name, names: ['www.shop.com'], notAfter: new Date(0).toISOString(), warnings: [] }
  }
  async removeCertificate(name: string) {
    const at = this.certificatesHeld.findIndex((held) => held.name === name)
    if (at >= 0) this.certificatesHeld.splice(at, 1)
  }
  async checkDomains(names: string[]) {
    return { checks: names.map((name) => ({ name, ready: false, reason: `${name} leads nowhere.`, addresses: [] })) }
  }
}

/** An engine that has nothing and can do nothing: what stands on it is refused in words. */
export class NoEngine {
  async provided(): Promise<boolean> {
    return true
  }
  async provide(): Promise<never> {
    throw new PaasError('unavailable', 'engine.unavailable', 'There is no engine in this test.')
  }
  async list(): Promise<never[]> {
    return []
  }
  async remove(): Promise<void> {}
  async removeApp(): Promise<void> {}
  async removeData(): Promise<void> {}
}
