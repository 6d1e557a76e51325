import type { BuildEvent, BuildRequest } from './build.ts'
import { build } from './builder.ts'
import { Output } from './output.ts'
import { redactor } from './redaction.ts'
import { type FixtureEntry, TemporaryDirectory, writeTar } from './source-fixture.ts'

/** For tests: authorities of the machine that runs them, for what reaches a registry. */
export const MACHINE_BUNDLE = process.env['NODE_EXTRA_CA_CERTS'] ?? null

/** For tests: a box without a container engine, as far as a build sees it, with one app. */
export class BuildFixture implements Disposable {
  readonly directory = new TemporaryDirectory()
  readonly events: BuildEvent[] = []
  readonly abort = new AbortController()
  #builds = 0

  async request(
    files: Record<string, string> | FixtureEntry[],
    change: Partial<BuildRequest> = {},
  ): Promise<BuildRequest> {
    this.#builds += 1
    const sourceTar = this.directory.join(`source-${this.#builds}.tar`)
    const entries = Array.isArray(files) ? files : Object.entries(files).map(([name, content]) => ({ name, content }))
    await writeTar(sourceTar, entries)
    return {
      id: `bld_${this.#builds}`,
      app: 'app_1',
      sourceTar,
      sourceVersion: 'c0ffee',
      endpoint: { kind: 'directory', root: this.directory.join('images'), cache: this.directory.join('cache') },
      environment: {},
      limits: {
        memoryMb: 512,
        cpus: 1,
        pids: 2_048,
        diskBytes: 50e9,
        timeoutMs: 60_000,
        maxFileBytes: 1e6,
        maxTreeBytes: 1e7,
      },
      certificateBundle: null,
      noCache: false,
      ...change,
    }
  }

  /** The last event of a build in this process. */
  async build(
    files: Record<string, string> | FixtureEntry[],
    change: Partial<BuildRequest> = {},
  ): Promise<BuildEvent | undefined> {
    return this.run(await this.request(files, change))
  }

  /** As `build`, of a request that was made before. */
  async run(request: BuildRequest): Promise<BuildEvent | undefined> {
    const output = new Output((event) => this.events.push(event), redactor(request.environment))
    await build(request, { path: process.env['PATH'] ?? '', output, signal: this.abort.signal })
    return this.events.at(-1)
  }

  /** Headings, lines and warnings so far. */
  get text(): string {
    return this.events.map((event) => ('text' in event ? event.text : '')).join('\n')
  }

  [Symbol.dispose](): void {
    this.directory[Symbol.dispose]()
  }
}

/** For tests: the steps of an app by a package.json, which needs no registry. */
export function scripts(build: string, more: Record<string, string> = {}): Record<string, string> {
  return { 'package.json': JSON.stringify({ name: 'x', scripts: { build, start: 'node server.js', ...more } }) }
}
