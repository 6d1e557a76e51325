import type { ChildProcess } from 'node:child_process'
import type { RestartAnswer } from '../contract/call.ts'
import { ControlError } from '../control-error.ts'
import { type Log, messageOf } from '../log.ts'
import { Channel } from './channel.ts'
import { INHERITED, type Inheritance } from './inheritance.ts'
import type { Handover, PredecessorVerbs, SuccessorVerbs } from './verbs.ts'

/** A successor that has not loaded its code by then, or does not serve so long after the hand-over, is given up. */
const LOAD_MS = 30_000
const TAKE_OVER_MS = 10_000
const STDIO = 3

export type SuccessorChannel = Channel<SuccessorVerbs, PredecessorVerbs>

/** What the process that is followed does for it. */
export interface Predecessor {
  /** Bound sockets. */
  descriptors(): Omit<Inheritance, 'as'>
  /** Nothing changes here from now on. */
  freeze(): Promise<Handover>
  /** There is no successor after all. */
  thaw(): void
  /** A successor serves: only what is under way is finished here, and this is asked of it there. */
  retire(successor: SuccessorChannel): void
  /** What it does for its successor from then on. */
  readonly follows: Omit<PredecessorVerbs, 'takeOver' | 'stepDown' | 'failed'>
}

/**
 * Starts the router anew beside this process, from the files that are on disk now: same arguments, same environment, and
 * the listening sockets. Until the successor serves nothing is given up here; if it fails, this process serves on.
 */
export class Succession {
  readonly #predecessor: Predecessor
  readonly #environment: NodeJS.ProcessEnv
  readonly #log: Log
  #state: 'none' | 'under way' | 'done' = 'none'
  #abandon: (() => void) | null = null

  constructor(predecessor: Predecessor, environment: NodeJS.ProcessEnv, log: Log) {
    this.#predecessor = predecessor
    this.#environment = environment
    this.#log = log
  }

  async begin(): Promise<RestartAnswer> {
    this.#refuse()
    this.#state = 'under way'
    const began = performance.now()
    try {
      const pid = await this.#succeed()
      this.#state = 'done'
      const tookMs = Math.round(performance.now() - began)
      this.#log.info('router.followed', { pid, tookMs })
      return { pid, tookMs }
    } catch (error) {
      this.#state = 'none'
      this.#predecessor.thaw()
      this.#log.error('router.not-followed', { reason: messageOf(error) })
      const fix = 'This process serves on. Put that right, then restart again; the log of the router has more.'
      throw new ControlError(500, 'restart.failed', `The new process does not serve: ${messageOf(error)}`, fix)
    }
  }

  /** This process is told to stop: whoever was to follow it does not. */
  abandon(): void {
    this.#abandon?.()
  }

  #refuse(): void {
    if (this.#state !== 'none') {
      const fix = 'Wait until it is over, see paas status.'
      throw new ControlError(409, 'restart.under-way', 'The router is being restarted already.', fix)
    }
    if (process.pid === 1) {
      const fix = 'Replace the container, or give it an init that stays.'
      throw new ControlError(409, 'restart.first-process', 'The container of this process would end with it.', fix)
    }
  }

  async #succeed(): Promise<number> {
    const child = this.#spawn()
    const failure = Promise.withResolvers<never>()
    failure.promise.catch(() => {})
    const step = stepper(failure.reject)
    const channel: SuccessorChannel = new Channel<SuccessorVerbs, PredecessorVerbs>(child, {
      ...this.#predecessor.follows,
      failed: (text) => failure.reject(new Error(text)),
      takeOver: () => {
        step.within(TAKE_OVER_MS, 'it did not serve')
        return this.#predecessor.freeze()
      },
      stepDown: () => {
        step.end()
        this.#predecessor.retire(channel)
      },
    })
    child.once('error', failure.reject)
    child.once('exit', (code, signal) => failure.reject(new Error(`it ended with ${signal ?? code} at its start`)))
    this.#abandon = () => failure.reject(new Error('the router was told to stop'))
    step.within(LOAD_MS, 'it did not come up')
    try {
      await Promise.race([failure.promise, step.ended])
      return child.pid ?? 0
    } catch (error) {
      step.cancel()
      child.kill('SIGKILL')
      throw error
    } finally {
      this.#abandon = null
    }
  }

  #spawn(): ChildProcess {
    const sockets = Object.entries(this.#predecessor.descriptors()) as [keyof Inheritance, number][]
    const inherited = Object.fromEntries(sockets.map(([name], index) => [name, STDIO + index]))
    const left = { as: 'successor', ...inherited }
    // Loaded when it is needed: it takes memory.
    const { spawn } = process.getBuiltinModule('node:child_process')
    return spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      stdio: ['ignore', 'inherit', 'inherit', ...sockets.map(([, fd]) => fd), 'ipc'],
      env: { ...this.#environment, [INHERITED]: JSON.stringify(left) },
    })
  }
}

/** Steps one after the other, each with a limit of its own. */
function stepper(late: (error: Error) => void) {
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | undefined
  const cancel = () => clearTimeout(timer)
  return {
    ended,
    within(ms: number, complaint: string) {
      cancel()
      timer = setTimeout(() => late(new Error(`${complaint} within ${ms / 1_000} s`)), ms)
    },
    end() {
      cancel()
      resolve()
    },
    cancel,
  }
}
