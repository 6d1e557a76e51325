import { join } from 'node:path'
import { FakeRunHandle } from '../../test/run-fakes.ts'
import { AppsKit } from '../apps/apps-kit.ts'
import { Formation } from '../apps/formation.ts'
import { SecretBox } from '../db/secret-box.ts'
import type { Engine, ExecRequest, Instance, RunRequest } from '../engine/engine.ts'
import type { DeployNews } from './news.ts'
import { NO_WISHES, type ReleaseWishes } from './release-wishes.ts'
import { Releases } from './releases.ts'
import { RunRecords } from './run-records.ts'
import { Runs } from './runs.ts'

/** For tests: an engine that starts nothing, and whose one-offs end when the test says so. */
class FakeEngine {
  readonly asked: RunRequest[] = []
  readonly running = new Map<string, FakeRunHandle>()
  failure: Error | undefined
  /** Until then nothing is up. */
  slow: Promise<void> = Promise.resolve()

  async run(request: RunRequest): Promise<FakeRunHandle> {
    if (this.failure) throw this.failure
    this.asked.push(request)
    await this.slow
    const handle = new FakeRunHandle()
    this.running.set(request.name, handle)
    return handle
  }

  readonly execs: { instance: string; request: ExecRequest; handle: FakeRunHandle }[] = []
  readonly left: string[] = []

  async exec(instance: string, request: ExecRequest): Promise<FakeRunHandle> {
    if (this.failure) throw this.failure
    const handle = new FakeRunHandle()
    this.execs.push({ instance, request, handle })
    return handle
  }

  async endExec(instance: string, mark: string): Promise<void> {
    this.left.push(`${instance} ${mark}`)
  }

  async findRun(_app: string, name: string): Promise<FakeRunHandle | null> {
    return this.running.get(name) ?? null
  }
}

/** For tests: the app `shop`, which serves, with one-offs over a real database. */
export class RunsKit implements Disposable {
  readonly kit = new AppsKit()
  readonly engine = new FakeEngine()
  /** What runs. */
  instances: Instance[] = []
  readonly told: string[] = []
  readonly news = {
    runStarted: () => {},
    jobFailed: (_app: unknown, name: string, reason: string, again = false) =>
      void this.told.push(`${name} ${reason}${again ? ' again' : ''}`),
    jobLeftOut: (_app: unknown, name: string, reason: string) => void this.told.push(`${name} ${reason}`),
  } as unknown as DeployNews
  readonly releases: Releases
  readonly records = new RunRecords(this.kit.db)
  readonly runs: Runs

  constructor() {
    const keyFile = join(this.kit.directory, 'secret.key')
    SecretBox.create(keyFile)
    this.releases = new Releases(this.kit.db, SecretBox.open(keyFile))
    this.runs = this.secondLife()
  }

  get shop() {
    return this.kit.apps.findById(this.kit.shop.id) ?? this.kit.shop
  }

  /** What a server that was started anew has: the same rows, and nothing in memory. */
  secondLife(): Runs {
    const { engine, news, records, releases } = this
    const formation = new Formation(this.kit.db)
    const registry = { of: () => this.instances }
    return new Runs({ records, engine: engine as unknown as Engine, registry, releases, formation, news })
  }

  /** A release that serves from now on. */
  release(wishes: Partial<ReleaseWishes> = {}) {
    const release = this.releases.create({
      ...{ appId: this.shop.id, description: '', userId: null, buildId: null, commit: null, image: 'image' },
      ...{
        processTypes: { web: 'serve' },
        environment: {},
        port: null,
        profile: false,
        launcher: false,
        config: { KEY: 'hidden-value' },
      },
      wishes: { ...NO_WISHES, ...wishes },
    })
    this.releases.setStatus(this.shop.id, release.number, 'succeeded')
    this.kit.apps.setCurrentRelease(this.shop.id, release.number)
    return this.releases.record(this.shop.id, release.number)
  }

  /** Lets a one-off end, and whoever waits for that go on. */
  async end(name: string, code = 0): Promise<void> {
    this.engine.running.get(name)?.end(code)
    this.engine.running.delete(name)
    await new Promise((resolve) => setImmediate(resolve))
  }

  [Symbol.dispose](): void {
    this.kit[Symbol.dispose]()
  }
}
