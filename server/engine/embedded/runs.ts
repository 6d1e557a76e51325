import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Log } from '../../log.ts'
import type { RunRequest } from '../engine.ts'
import type { Captures } from './captures.ts'
import { commandOf } from './command.ts'
import { processEnvironment } from './environment.ts'
import { newId } from './ids.ts'
import type { Image, Images } from './images.ts'
import { RunRecord } from './instance-record.ts'
import type { Layout } from './layout.ts'
import { type GroupCommand, ProcessGroup } from './process-group.ts'
import { closeDescriptors } from './raw-output.ts'
import { RecordStore } from './record-store.ts'
import { EmbeddedRun } from './run.ts'
import { inTerminal } from './terminal.ts'

/** How long a run that ended while the server was down waits for somebody to take its exit code. */
const UNCLAIMED_MS = 24 * 60 * 60_000

/** One-offs: started once, their exit code kept until it has been taken. */
export class Runs {
  readonly #layout: Layout
  readonly #images: Images
  readonly #captures: Captures
  readonly #store: RecordStore<RunRecord>
  readonly #runs = new Map<string, EmbeddedRun>()

  constructor(layout: Layout, images: Images, captures: Captures, log: Log) {
    this.#layout = layout
    this.#images = images
    this.#captures = captures
    this.#store = new RecordStore(layout.runs, RunRecord, log)
  }

  all(app?: string): EmbeddedRun[] {
    return [...this.#runs.values()].filter(({ record }) => app === undefined || record.app === app)
  }

  has(id: string): boolean {
    return this.#runs.has(id)
  }

  /** Takes over what an earlier server started. */
  async adopt(): Promise<void> {
    for (const record of this.#store.load()) {
      const old = Date.now() - record.startedAt.getTime() > UNCLAIMED_MS
      if (!record.process || old) {
        this.#clean(record.id)
        continue
      }
      if (!record.attached) await this.#captures.open(record.id)
      const { id } = record
      const group = ProcessGroup.adopt(record.process, this.#layout.temporary(id), this.#layout.exitFile(id))
      this.#follow(record, group)
    }
  }

  async start(request: RunRequest): Promise<EmbeddedRun> {
    const image = await this.#images.open(request.image, request.app)
    const record = recordOf(request)
    mkdirSync(this.#layout.home(record.id), { recursive: true, mode: 0o700 })
    mkdirSync(this.#layout.temporary(record.id), { recursive: true, mode: 0o700 })
    this.#store.save(record)
    const group = await this.#spawn(record, this.#command(request, record.id, image))
    record.process = group.identity
    this.#store.save(record)
    return this.#follow(record, group).claim()
  }

  /** Also one that ended after the server went away: its handle answers at once. */
  find(app: string, name: string): EmbeddedRun | null {
    const found = this.all(app).find(({ record }) => record.name === name)
    return found?.claim() ?? null
  }

  async stop(graceMs: number, app?: string): Promise<void> {
    await Promise.all(this.all(app).map((run) => run.stop(graceMs)))
  }

  release(): void {
    for (const run of this.#runs.values()) run.release()
  }

  #follow(record: RunRecord, group: ProcessGroup): EmbeddedRun {
    const run = new EmbeddedRun(record, group, this.#layout, (ended) => this.#ended(ended.id))
    this.#runs.set(record.id, run)
    return run
  }

  async #ended(id: string): Promise<void> {
    await this.#captures.finish(id)
    await this.#captures.retire(id)
    this.#runs.delete(id)
    this.#clean(id)
  }

  #clean(id: string): void {
    this.#store.delete(id)
    rmSync(dirname(this.#layout.temporary(id)), { recursive: true, force: true })
  }

  #command(request: RunRequest, id: string, image: Image): Omit<GroupCommand, 'stdin' | 'stdout' | 'stderr'> {
    const environment = processEnvironment({
      image,
      workload: request.environment,
      instance: request.name,
      port: null,
      home: this.#layout.home(id),
      temporary: this.#layout.temporary(id),
    })
    const argv = commandOf(request.command, request.name)
    const terminal = request.tty && request.attach ? inTerminal(argv, request.tty, this.#layout.terminalFile(id)) : null
    return {
      name: 'paas',
      argv: terminal?.argv ?? argv,
      cwd: image.directory,
      environment: { ...environment, ...terminal?.environment },
      exitFile: this.#layout.exitFile(id),
    }
  }

  async #spawn(record: RunRecord, command: Omit<GroupCommand, 'stdin' | 'stdout' | 'stderr'>): Promise<ProcessGroup> {
    const marker = this.#layout.temporary(record.id)
    try {
      if (record.attached) {
        return ProcessGroup.spawn({ ...command, stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' }, marker)
      }
      const { stdout, stderr } = (await this.#captures.open(record.id)).descriptors()
      try {
        return ProcessGroup.spawn({ ...command, stdin: 'ignore', stdout, stderr }, marker)
      } finally {
        closeDescriptors(stdout, stderr)
      }
    } catch (error) {
      this.#clean(record.id)
      throw error
    }
  }
}

function recordOf({ app, name, image, attach, tty }: RunRequest): RunRecord {
  const terminal = tty !== null && attach
  return { id: newId(app, name), app, name, image, attached: attach, terminal, process: null, startedAt: new Date() }
}
