import { setTimeout as pause } from 'node:timers/promises'
import type { BuildEvent, BuildLimits } from '../../builder/build.ts'
import { BuilderProcess } from '../../builder/process.ts'
import { TemporaryDirectory, writeTar } from '../../builder/source-fixture.ts'
import { COMPILE_CACHE, NODE } from '../../scripts/local-box.ts'
import { docker, SOCKET } from './docker.ts'
import { edited, type Sample } from './sample.ts'

/** The server keeps a builder ready; so long it takes to be. */
const READY_MS = 1_500

export type Built = { ms: number; image: string; phases: { name: string; ms: number; cached: boolean }[] }

/** Builds by the builder program, started ahead as the server does it. */
export class Ours {
  readonly #limits: BuildLimits
  readonly #certificateBundle: string | null
  #builds = 0

  constructor({ limits, certificateBundle }: { limits: BuildLimits; certificateBundle: string | null }) {
    this.#limits = limits
    this.#certificateBundle = certificateBundle
  }

  /** Of an app that the box has never seen. */
  async cold(sample: Sample): Promise<Built> {
    return await this.#built(sample, `bench_${process.pid}_cold_${this.#builds}`, true)
  }

  /** Of an app that was built before, after a change of code. */
  async warm(sample: Sample): Promise<Built> {
    return await this.#built(sample, `bench_${process.pid}_${sample.example}`, false)
  }

  async #built(sample: Sample, app: string, noCache: boolean): Promise<Built> {
    using directory = new TemporaryDirectory()
    const builder = BuilderProcess.start({
      nodePath: NODE,
      env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: COMPILE_CACHE },
    })
    const sourceTar = directory.join('source.tar')
    await writeTar(sourceTar, edited(sample))
    await pause(READY_MS)
    this.#builds += 1
    const request = {
      id: `bld_${this.#builds}`,
      app,
      sourceTar,
      sourceVersion: 'bench',
      endpoint: { kind: 'docker' as const, socketPath: SOCKET },
      environment: {},
      limits: this.#limits,
      certificateBundle: this.#certificateBundle,
      noCache,
    }
    const begun = performance.now()
    const events: BuildEvent[] = []
    let ms = 0
    for await (const event of builder.run(request, new AbortController().signal)) {
      ms = performance.now() - begun
      events.push(event)
    }
    return { ms, ...outcome(events) }
  }
}

function outcome(events: BuildEvent[]): Omit<Built, 'ms'> {
  const last = events.at(-1)
  if (last?.type !== 'done') throw new Error(`a build failed: ${JSON.stringify(last)}`)
  const evidence = events.find((event) => event.type === 'evidence')
  return { image: last.image, phases: evidence?.phases ?? [] }
}

export async function removeImages(): Promise<void> {
  const labels = await docker(
    'images',
    '--quiet',
    '--filter',
    'label=paas.build',
    '--filter',
    `reference=paas/bench_${process.pid}_*`,
  )
  const images = [...new Set(labels.split('\n').filter(Boolean))]
  if (images.length > 0) await docker('rmi', '--force', ...images)
}
