import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { Exit, Instance } from '../engine.ts'
import { nextBackoff } from './backoff.ts'
import type { Capture } from './capture.ts'
import type { InstanceRecord } from './instance-record.ts'
import type { Layout } from './layout.ts'
import { readEnvironment } from './proc-stat.ts'
import { ProcessGroup } from './process-group.ts'
import { isAlive, type ProcessIdentity } from './process-identity.ts'
import { closeDescriptors } from './raw-output.ts'
import type { RecordStore } from './record-store.ts'

/** `waiting`: it ended and is started again after a pause, or at the next `apply` where its environment is not known. */
export type InstancePhase = 'new' | 'running' | 'waiting' | 'stopping' | 'gone'

export interface InstanceWatcher {
  instanceStarted(instance: EmbeddedInstance): void
  instanceExited(instance: EmbeddedInstance, exit: Exit): void
}

/** What a process is started with, beside what the record says. */
export type Launch = { directory: string; environment: Record<string, string> }

export type InstanceParts = {
  record: InstanceRecord
  store: RecordStore<InstanceRecord>
  layout: Layout
  capture: Capture
  watcher: InstanceWatcher
  log: Log
}

/** One instance: keeps its process running until it is removed. */
export class EmbeddedInstance {
  readonly record: InstanceRecord
  readonly capture: Capture
  readonly #store: RecordStore<InstanceRecord>
  readonly #layout: Layout
  readonly #watcher: InstanceWatcher
  readonly #log: Log
  #phase: InstancePhase = 'new'
  #launch: Launch | null = null
  #group: ProcessGroup | null = null
  #pause: NodeJS.Timeout | undefined
  /** Ends when the current process has ended and its end has been written down. */
  #ended: Promise<void> = Promise.resolve()

  constructor(parts: InstanceParts) {
    this.record = parts.record
    this.capture = parts.capture
    this.#store = parts.store
    this.#layout = parts.layout
    this.#watcher = parts.watcher
    this.#log = parts.log
  }

  get phase(): InstancePhase {
    return this.#phase
  }
  get launch(): Launch | null {
    return this.#launch
  }
  get identity(): ProcessIdentity | null {
    return this.record.process
  }
  get marker(): string {
    return this.#layout.temporary(this.record.id)
  }

  /** Written down before the process exists, so that a crash in between leaves a trace. */
  start(launch: Launch): void {
    this.#launch = launch
    this.#store.save(this.record)
    this.#spawn(launch)
  }

  /** Takes over the process of an earlier server, or notes that it ended meanwhile. */
  async adopt(identity: ProcessIdentity, imageDirectory: string): Promise<void> {
    const alive = isAlive(identity)
    if (alive) this.#launch = { directory: imageDirectory, environment: readEnvironment(identity.pid) }
    this.#phase = 'running'
    this.record.process = identity
    this.#follow(ProcessGroup.adopt(identity, this.marker, this.#layout.exitFile(this.record.id)))
    if (!alive) await this.#ended
  }

  /** For a record without a process: nothing runs until `start`. */
  wait(): void {
    this.#phase = 'waiting'
  }

  /** SIGTERM, SIGKILL after `graceMs`; nothing of it is left but its log. Idempotent. */
  async remove(graceMs: number): Promise<void> {
    if (this.#phase === 'gone') return
    clearTimeout(this.#pause)
    this.record.wanted = 'removed'
    this.#save()
    if (this.#group) {
      this.#phase = 'stopping'
      await this.#group.stop(graceMs)
      await this.#ended
    }
    this.#phase = 'gone'
    this.#store.delete(this.record.id)
    rmSync(dirname(this.marker), { recursive: true, force: true })
  }

  /** Stops watching; the process runs on. */
  release(): void {
    clearTimeout(this.#pause)
    this.#group?.release()
  }

  describe(): Instance {
    const { record } = this
    const running = this.#phase === 'running' || this.#phase === 'stopping'
    return {
      id: record.id,
      app: record.app,
      release: record.release,
      processType: record.processType,
      index: record.index,
      state: running ? 'running' : this.#phase === 'new' ? 'starting' : 'exited',
      endpoint: running && record.port !== null ? { host: '127.0.0.1', port: record.port } : null,
      startedAt: record.startedAt,
      restarts: record.restarts,
      lastExit: record.lastExit,
    }
  }

  #spawn(launch: Launch): void {
    const { id, command } = this.record
    mkdirSync(this.#layout.home(id), { recursive: true, mode: 0o700 })
    mkdirSync(this.marker, { recursive: true, mode: 0o700 })
    const { stdout, stderr } = this.capture.descriptors()
    try {
      const group = ProcessGroup.spawn(
        {
          name: 'paas',
          argv: command,
          cwd: launch.directory,
          environment: launch.environment,
          exitFile: this.#layout.exitFile(id),
          stdin: 'ignore',
          stdout,
          stderr,
        },
        this.marker,
      )
      this.#started(group)
    } finally {
      closeDescriptors(stdout, stderr)
    }
  }

  #started(group: ProcessGroup): void {
    this.#phase = 'running'
    this.record.process = group.identity
    this.record.startedAt = new Date()
    this.#follow(group)
    this.#save()
    this.#watcher.instanceStarted(this)
  }

  #follow(group: ProcessGroup): void {
    this.#group = group
    this.#ended = this.#end(group)
  }

  async #end(group: ProcessGroup): Promise<void> {
    const exit = await group.exited
    await this.capture.finish()
    this.#group = null
    this.record.process = null
    this.record.lastExit = exit
    if (this.#phase === 'running') this.#scheduleRestart(exit)
    this.#save()
    this.#watcher.instanceExited(this, exit)
  }

  #scheduleRestart(exit: Exit): void {
    this.#phase = 'waiting'
    const uptimeMs = exit.at.getTime() - (this.record.startedAt?.getTime() ?? exit.at.getTime())
    const { failures, delayMs } = nextBackoff(this.record.failures, uptimeMs)
    this.record.failures = failures
    if (this.#launch) this.#pause = setTimeout(() => this.#restart(), delayMs)
  }

  #restart(): void {
    if (this.#phase !== 'waiting' || !this.#launch) return
    this.record.restarts += 1
    try {
      this.#spawn(this.#launch)
    } catch (error) {
      this.#log.warn('embedded.instance-not-restarted', { instance: this.record.id, reason: messageOf(error) })
      this.#scheduleRestart({ code: null, signal: null, outOfMemory: false, at: new Date() })
    }
  }

  /** A full disk must not end the supervision; the next change is written again. */
  #save(): void {
    try {
      this.#store.save(this.record)
    } catch (error) {
      this.#log.warn('embedded.record-not-written', { instance: this.record.id, reason: messageOf(error) })
    }
  }
}
