import type { BuildEvent, BuildLimits, BuildRequest } from '../../builder/build.ts'
import { BuilderProcess } from '../../builder/process.ts'
import type { BuildEndpoint } from '../engine/engine.ts'
import type { BuildRecorder } from './build-evidence.ts'
import type { BuildNetwork } from './build-network.ts'
import type { Built } from './builds.ts'
import { DeployFailure, detail, heading, type Say, warning } from './failure.ts'

export type BuildInput = Pick<
  BuildRequest,
  'id' | 'app' | 'sourceTar' | 'sourceVersion' | 'environment' | 'settings' | 'image' | 'imageArchive' | 'repository'
>

/** Runs the builder as a child process. One is kept ready from the moment that a push begins to arrive. */
export class BuildRunner implements AsyncDisposable {
  readonly #endpoint: BuildEndpoint
  readonly #limits: () => BuildLimits
  readonly #network: BuildNetwork
  readonly #environment: Record<string, string>
  #ready: BuilderProcess | undefined
  #expiry: NodeJS.Timeout | undefined

  constructor(options: {
    endpoint: BuildEndpoint
    /** Asked at the start of each build. */
    limits: () => BuildLimits
    network: BuildNetwork
    /** For the builder process itself: PATH and the compile cache, nothing of ours. */
    environment: Record<string, string>
  }) {
    this.#endpoint = options.endpoint
    this.#limits = options.limits
    this.#network = options.network
    this.#environment = options.environment
  }

  /** Starts a builder ahead of need; one that nobody used within a minute is ended again. */
  prepare(): void {
    this.#ready ??= this.#start()
    clearTimeout(this.#expiry)
    this.#expiry = setTimeout(() => void this.#discard(), 60_000)
    this.#expiry.unref()
  }

  /** Says every line as it comes. Throws DeployFailure for what is the app's own fault. */
  async run(input: BuildInput, signal: AbortSignal, say: Say, recorder: BuildRecorder): Promise<Built> {
    const builder = this.#take()
    try {
      const request: BuildRequest = {
        ...input,
        endpoint: this.#endpoint,
        limits: this.#limits(),
        certificateBundle: this.#network.certificates(),
        proxy: this.#network.variables(),
        network: this.#network.fetching(),
        noCache: false,
      }
      for await (const event of builder.run(request, signal)) {
        // A builder that was stopped calls that a failure; the signal knows by whom and why.
        if (event.type === 'failed') signal.throwIfAborted()
        const built = follow(event, say, recorder)
        if (built) return built
      }
      signal.throwIfAborted()
      throw new DeployFailure('the builder ended without a result', {
        fix: 'Push again; if it stays so, see the log of the server.',
      })
    } finally {
      await builder.dispose()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#expiry)
    await this.#discard()
  }

  #take(): BuilderProcess {
    const builder = this.#ready ?? this.#start()
    this.#ready = undefined
    clearTimeout(this.#expiry)
    return builder
  }

  #start(): BuilderProcess {
    const builder = BuilderProcess.start({
      nodePath: process.execPath,
      env: this.#environment,
      endpoint: this.#endpoint.kind,
    })
    void builder.exited.then(() => {
      if (this.#ready === builder) this.#ready = undefined
    })
    return builder
  }

  async #discard(): Promise<void> {
    const builder = this.#ready
    this.#ready = undefined
    await builder?.dispose()
  }
}

function follow(event: BuildEvent, say: Say, recorder: BuildRecorder): Built | undefined {
  switch (event.type) {
    case 'heading':
      say(heading(event.text))
      return undefined
    case 'line':
      say(detail(event.text))
      return undefined
    case 'warning':
      say(warning(event.text))
      return undefined
    case 'source':
      recorder.fetched(event.commit)
      return undefined
    case 'plan':
      recorder.planned(event.plan)
      return undefined
    case 'evidence':
      recorder.measured(event)
      return undefined
    case 'done': {
      const { image, sizeBytes, plan, processTypes, config } = event
      return { image, sizeBytes, plan, processTypes, config }
    }
    case 'failed':
      throw new DeployFailure(event.message, { fix: event.fix, command: event.command })
  }
}
