import type { Engine, LogLine } from '../engine/engine.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { FloodGate } from './flood-gate.ts'
import type { AppLogs } from './logs.ts'
import { pause } from './pause.ts'
import type { ResumePoints } from './resume-points.ts'

export type Followed = { id: string; appId: string; process: string }
export type FollowerParts = {
  engine: Pick<Engine, 'logs'>
  logs: AppLogs
  points: ResumePoints
  log: Log
  /** Whether the engine still has it: then the end of its output was only an interruption. */
  present: () => boolean
}

const RETRY_MS = 1_000
const FAILURES_MAX = 30

/** Copies one instance's output into its app's log until the instance is removed. */
export class InstanceFollower {
  readonly #instance: Followed
  readonly #parts: FollowerParts
  readonly #gate: FloodGate
  readonly #stop = new AbortController()
  #failures = 0
  readonly done: Promise<void>

  constructor(instance: Followed, parts: FollowerParts) {
    this.#instance = instance
    this.#parts = parts
    this.#gate = new FloodGate((text) => this.#say(text))
    this.done = this.#follow()
  }

  stop(): void {
    this.#stop.abort()
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop
    let swamped = false
    while (!signal.aborted && (this.#failures < FAILURES_MAX || this.#parts.present())) {
      try {
        swamped = await this.#copy(swamped)
        if (!swamped && !this.#parts.present()) break
        await pause(swamped ? this.#gate.opensInMs : RETRY_MS, signal)
      } catch (error) {
        if (!signal.aborted) this.#failed(error)
        await pause(RETRY_MS, signal)
      }
    }
    this.#gate[Symbol.dispose]()
  }

  /** True when it gave up because the instance says more than can be read; what it says meanwhile is skipped. */
  async #copy(skipOld: boolean): Promise<boolean> {
    const { engine, points } = this.#parts
    const since = skipOld ? new Date() : points.get(this.#instance.id)
    const options = { follow: true, signal: this.#stop.signal, ...(since && { since }), ...(skipOld && { tail: 0 }) }
    for await (const line of engine.logs(this.#instance.id, options)) {
      this.#failures = 0
      this.#take(line)
      if (this.#gate.swamped) return true
    }
    return false
  }

  #take({ time, stream, text }: LogLine): void {
    const { id, appId, process } = this.#instance
    this.#parts.points.set(id, time)
    if (this.#gate.admit(text.length))
      this.#parts.logs.append(appId, { at: time, source: 'app', process, stream, text })
  }

  #say(text: string): void {
    const { appId, process } = this.#instance
    this.#parts.logs.append(appId, { at: new Date(), source: 'paas', process, text })
  }

  /** Told once, not every second while an engine is away. */
  #failed(error: unknown): void {
    this.#failures += 1
    if (this.#failures > 1) return
    this.#parts.log.warn('logs.follow-failed', { instance: this.#instance.id, reason: messageOf(error) })
  }
}
