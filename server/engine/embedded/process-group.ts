import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, PaasError } from '../../errors.ts'
import type { Exit } from '../engine.ts'
import { kill } from './kill.ts'
import { type LauncherName, launcherArguments, SHELL } from './launcher.ts'
import { type Marker, membersOf } from './members.ts'
import type { ProcStat } from './proc-stat.ts'
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts'

/** How often an adopted leader is looked for: it is no child of ours, so nobody tells us. */
const ADOPTED_POLL_MS = 200
/** How often a dead leader's children that still have time to end are looked for. */
const LEFTOVER_POLL_MS = 50
/** Passes over the processes that a dead leader left behind, for those that fork while being killed. */
const SWEEP_PASSES = 20
const SWEEP_PAUSE_MS = 10

export type GroupCommand = {
  name: LauncherName
  argv: string[]
  cwd: string
  environment: Record<string, string>
  exitFile: string
  stdin: 'ignore' | 'pipe'
  /** Descriptors, or pipes to us. */
  stdout: number | 'pipe'
  stderr: number | 'pipe'
}

/**
 * A program and all it starts, in a session of their own, so that they outlive the server. Ends when the program ends:
 * what it leaves behind is killed, as the end of a container's first process would.
 */
export class ProcessGroup {
  readonly identity: ProcessIdentity
  readonly exited: Promise<Exit>
  /** Undefined for an adopted group. */
  readonly child: ChildProcess | undefined
  readonly #marker: Marker | null
  readonly #exitFile: string
  #release = () => {}
  #killed = false
  /** Until then, what outlasts the leader may finish: a shell between npm and the app dies at once of SIGTERM. */
  #patientUntil = 0

  private constructor(identity: ProcessIdentity, marker: Marker | null, exitFile: string, child?: ChildProcess) {
    this.identity = identity
    this.child = child
    this.#marker = marker
    this.#exitFile = exitFile
    this.exited = this.#watch()
  }

  /**
   * `marker` null: what leaves the session is let go. Throws `instance.not-started` when the machine refuses: no such directory, too many processes, too large
   * an environment.
   */
  static spawn(command: GroupCommand, marker: Marker | null): ProcessGroup {
    // A file of our own: the app can write where it lies, and may have left a link there.
    rmSync(command.exitFile, { force: true })
    const exit = openSync(command.exitFile, 'wx', 0o600)
    try {
      const child = spawn(SHELL, launcherArguments(command.name, command.argv), {
        cwd: command.cwd,
        env: command.environment,
        detached: true,
        stdio: [command.stdin, command.stdout, command.stderr, exit],
      })
      child.on('error', () => {})
      child.unref()
      const identity = child.pid === undefined ? undefined : identify(child.pid)
      if (!identity) throw new Error('the machine started no process (memory, process limit or a missing directory)')
      return new ProcessGroup(identity, marker, command.exitFile, child)
    } catch (error) {
      const message = `The process could not be started: ${messageOf(error)}`
      throw new PaasError('failed', 'instance.not-started', message, {
        fix: 'Look at the memory and the process limit of the machine (free -m, ulimit -u).',
      })
    } finally {
      closeSync(exit)
    }
  }

  /** Takes over a group that an earlier server started; alive or not. */
  static adopt(identity: ProcessIdentity, marker: Marker, exitFile: string): ProcessGroup {
    return new ProcessGroup(identity, marker, exitFile)
  }

  signal(name: NodeJS.Signals): void {
    if (!isAlive(this.identity)) return
    if (name === 'SIGKILL') this.#killed = true
    kill(-this.identity.pid, name)
  }

  /** To every process, in whichever session it is now: what a terminal's programs need. */
  signalMembers(name: NodeJS.Signals): void {
    if (name === 'SIGKILL') this.#killed = true
    for (const { pid } of this.#members()) kill(pid, name)
  }

  /** SIGTERM to all, SIGKILL after `graceMs`. */
  async stop(graceMs: number): Promise<Exit> {
    this.#patientUntil = Date.now() + graceMs
    this.child?.ref()
    this.signal('SIGTERM')
    const timer = setTimeout(() => this.signal('SIGKILL'), graceMs)
    try {
      return await this.exited
    } finally {
      clearTimeout(timer)
    }
  }

  /** Lets go of the group without touching it; `exited` stays open. */
  release(): void {
    this.#release()
  }

  async #watch(): Promise<Exit> {
    await (this.child ? this.#childExit(this.child) : this.#disappearance())
    await this.#sweep()
    return readExit(this.#exitFile, this.#killed)
  }

  #members(): ProcStat[] {
    return membersOf(this.identity, this.#marker)
  }

  #childExit(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
      const ended = () => resolve()
      child.once('exit', ended)
      this.#release = () => child.removeListener('exit', ended)
    })
  }

  async #disappearance(): Promise<void> {
    if (!isAlive(this.identity)) return
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (isAlive(this.identity)) return
        clearInterval(timer)
        resolve()
      }, ADOPTED_POLL_MS)
      this.#release = () => clearInterval(timer)
    })
  }

  async #sweep(): Promise<void> {
    let left = this.#members()
    while (left.length > 0 && Date.now() < this.#patientUntil) {
      await sleep(LEFTOVER_POLL_MS)
      left = this.#members()
    }
    for (let pass = 0; pass < SWEEP_PASSES && left.length > 0; pass++) {
      for (const { pid } of left) kill(pid, 'SIGKILL')
      await sleep(SWEEP_PAUSE_MS)
      left = this.#members()
    }
  }
}

/** A shell reports a program that died of signal n as 128 + n. A launcher that was killed has written nothing. */
function readExit(exitFile: string, killed: boolean): Exit {
  const code = readCode(exitFile) ?? (killed ? 128 + constants.signals.SIGKILL : null)
  return { code, signal: code === null ? null : signalOf(code), outOfMemory: false, at: new Date() }
}

function readCode(exitFile: string): number | null {
  try {
    const code = Number.parseInt(readFileSync(exitFile, 'utf8'), 10)
    return Number.isNaN(code) ? null : code
  } catch {
    return null
  }
}

function signalOf(code: number): string | null {
  return Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0] ?? null
}
