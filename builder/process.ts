import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { BuildEndpoint, BuildEvent, BuildRequest } from './build.ts'
import { hasErrorCode } from './errors.ts'
import { removeLeftovers, workplaceOf } from './leftovers.ts'
import { endPidsGroup } from './pids-group.ts'
import { PROGRAM } from './program.ts'

/** From SIGTERM to SIGKILL. */
const KILL_AFTER_MS = 3_000
/** The builder keeps its own time limit; this much later it is taken for hung. */
const OVERTIME_MS = 10_000
const KEPT_ERROR_CHARACTERS = 2_000

export type BuilderOptions = {
  nodePath: string
  /** The whole environment of the builder: PATH (to find npm), and NODE_COMPILE_CACHE for a quick start. */
  env: Record<string, string>
  /** What it will build for, so that it loads the right modules while it waits. */
  endpoint?: BuildEndpoint['kind']
}

export type BuilderExit = { code: number | null; signal: NodeJS.Signals | null }

/**
 * A builder program, started ahead of need, for one build. It and everything its build starts are one process group,
 * which is gone when `run` has ended or `dispose` has resolved.
 */
export class BuilderProcess implements AsyncDisposable {
  readonly exited: Promise<BuilderExit>
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  #errors = ''
  #killTimer: NodeJS.Timeout | undefined
  #over = false

  static start(options: BuilderOptions): BuilderProcess {
    return new BuilderProcess(options)
  }

  constructor({ nodePath, env, endpoint = 'docker' }: BuilderOptions) {
    this.#child = spawn(nodePath, [PROGRAM, endpoint], { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stdin.on('error', () => {})
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-KEPT_ERROR_CHARACTERS)
    })
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => this.#ended({ code, signal }, resolve))
      this.#child.once('error', (error) => {
        this.#errors = error.message
        this.#ended({ code: null, signal: null }, resolve)
      })
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /**
   * The events of the build; the last one is `done` or `failed`, whatever becomes of the builder. Can be called once.
   * When the signal fires or the caller stops reading, the build is ended.
   */
  async *run(request: BuildRequest, signal: AbortSignal): AsyncGenerator<BuildEvent, void, void> {
    const stop = () => this.#terminate()
    const overtime = setTimeout(() => this.#kill(), request.limits.timeoutMs + OVERTIME_MS)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    else this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    try {
      for await (const line of createInterface({ input: this.#child.stdout })) {
        const event = parse(line)
        if (event?.type === 'done' || event?.type === 'failed') return yield this.#last(event, signal)
        if (event) yield event
      }
      yield this.#last(await this.#death(), signal)
    } finally {
      clearTimeout(overtime)
      signal.removeEventListener('abort', stop)
      await this.dispose()
      await this.#tidy(request)
    }
  }

  /** Ends the builder and everything it started. */
  async dispose(): Promise<void> {
    this.#terminate()
    await this.exited
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  /** A build that was called off has failed, even when it was done in the same moment. */
  #last(event: BuildEvent, signal: AbortSignal): BuildEvent {
    if (!signal.aborted) return event
    return { type: 'failed', code: 'build.canceled', message: 'The build was canceled.', retryable: false }
  }

  async #death(): Promise<BuildEvent> {
    const { code, signal } = await this.exited
    const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`
    const said = this.#errors.trim().split('\n').at(-1)
    return {
      type: 'failed',
      code: 'builder.died',
      message: `The builder ${how} in the middle of the build${said ? `: ${said}` : '.'}`,
      fix: signal === 'SIGKILL' ? 'The box may be short of memory. Push again.' : 'Push again.',
      retryable: true,
    }
  }

  /** A builder that was ended in the middle could not do it itself. */
  async #tidy({ endpoint, app }: BuildRequest): Promise<void> {
    if (endpoint.kind !== 'directory') return
    if (this.#child.pid !== undefined) await endPidsGroup(this.#child.pid)
    await removeLeftovers(workplaceOf(endpoint.cache, app))
  }

  #terminate(): void {
    if (this.#over) return
    this.#signal('SIGTERM')
    this.#killTimer ??= setTimeout(() => this.#kill(), KILL_AFTER_MS)
  }

  #kill(): void {
    if (!this.#over) this.#signal('SIGKILL')
  }

  #ended(exit: BuilderExit, resolve: (exit: BuilderExit) => void): void {
    clearTimeout(this.#killTimer)
    this.#over = true
    this.#signal('SIGKILL')
    resolve(exit)
  }

  /** To the whole group, which outlives its leader as long as it has members. */
  #signal(name: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return
    try {
      process.kill(-this.#child.pid, name)
    } catch (error) {
      if (!hasErrorCode(error, 'ESRCH')) throw error
    }
  }
}

/** Output that is not ours, such as a warning of Node.js, is no event. */
function parse(line: string): BuildEvent | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && 'type' in value ? (value as BuildEvent) : undefined
  } catch {
    return undefined
  }
}
