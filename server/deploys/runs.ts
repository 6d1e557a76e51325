import type { z } from 'zod'
import type { AppRecord } from '../apps/apps.ts'
import type { Formation } from '../apps/formation.ts'
import type { CreatedRun, CreateExec, CreateRun, Run } from '../contract/run.ts'
import type { Engine, Exit, RunHandle, RunRequest } from '../engine/engine.ts'
import { messageOf, PaasError } from '../errors.ts'
import type { Actor } from '../people/actor.ts'
import type { InstanceRegistry } from './instance-registry.ts'
import type { DeployNews } from './news.ts'
import { nameOf } from './readiness-check.ts'
import type { ReleaseRecord, Releases } from './releases.ts'
import { type RunKind, type RunRecords, type RunRow, runView } from './run-records.ts'
import { execCommand, instanceToJoin, randomName, runRequestOf } from './run-requests.ts'
import { RunTickets } from './run-tickets.ts'
import { PIDS_LIMIT } from './workloads.ts'

/** One-offs that may run at the same time. */
const MAX_RUNS_OF_APP = 10
const MAX_RUNS_OF_BOX = 50
const RUN_MEMORY_MB = 512

/** What the platform runs by itself: a cron job, or a script behind a deploy. */
export type Job = {
  kind: Exclude<RunKind, 'run'>
  name: string
  /** What it is known by from one run to the next. */
  job: string
  dueAt: number | null
  /** Shell text. */
  command: string
  userId: string | null
  /** With its output in hand, which then is not in the log. */
  attach?: boolean
}

/** A program that is not the app's, run beside it: what it needs is all that it gets. */
export type Tool = { image: string; command: string[]; environment: Record<string, string>; memoryMb: number }

/** `ended` is null when nobody saw how. */
export type StartedJob = { id: string; handle: RunHandle; ended: Promise<Exit | null> }

type RunsParts = {
  records: RunRecords
  engine: Engine
  registry: Pick<InstanceRegistry, 'of'>
  releases: Releases
  formation: Formation
  news: DeployNews
}

/** One-offs: `paas run`, cron jobs, scripts, and commands inside instances that serve. */
export class Runs {
  readonly #parts: RunsParts
  readonly #tickets = new RunTickets()
  readonly #handles = new Map<string, RunHandle>()
  /** Written down, and still on their way up in the engine. */
  readonly #starting = new Map<string, Promise<RunHandle>>()
  /** Stopped by us, for a reason: their end is no failure. */
  readonly #replaced = new Set<string>()

  constructor(parts: RunsParts) {
    this.#parts = parts
  }

  async create(actor: Actor, app: AppRecord, request: z.output<typeof CreateRun>): Promise<z.infer<typeof CreatedRun>> {
    const release = this.#release(app)
    this.#requireRoom(app)
    const asked = this.#request(app, release, { ...request, name: randomName('run') })
    const id = this.#write(actor, app, asked, request.command)
    const { handle } = await this.#run(id, app, asked)
    const ticket = request.detached ? null : this.#tickets.issue(id, handle)
    return { ...this.#view(id), ticket }
  }

  /** In the network of the app, for somebody at a terminal. Written down under its first word: the rest may be secret. */
  async startTool(
    actor: Actor,
    app: AppRecord,
    tool: Tool,
    tty: RunRequest['tty'],
  ): Promise<z.infer<typeof CreatedRun>> {
    this.#requireRoom(app)
    const { memoryMb, ...program } = tool
    const limits = { memoryMb, cpus: 1, pids: PIDS_LIMIT }
    const place = { app: app.id, release: app.currentRelease ?? 0, name: randomName('run') }
    const asked: RunRequest = { ...program, ...place, limits, tty, attach: true }
    const id = this.#write(actor, app, asked, tool.command.slice(0, 1))
    const { handle } = await this.#run(id, app, asked)
    return { ...this.#view(id), ticket: this.#tickets.issue(id, handle) }
  }

  /** Inside an instance that runs, for somebody who joins it: it has no other life than the line to them. */
  async exec(actor: Actor, app: AppRecord, request: z.output<typeof CreateExec>): Promise<z.infer<typeof CreatedRun>> {
    const { engine, records, registry, releases } = this.#parts
    this.#requireRoom(app)
    const instance = instanceToJoin(app, registry.of(app.id), request.instance)
    const { typed, argv } = execCommand(request.command, releases.record(app.id, instance.release))
    const id = records.insert(app, {
      ...{ name: randomName('exec'), release: instance.release, command: typed, userId: actor.user?.id ?? null },
      instance: { id: instance.id, name: nameOf(instance) },
    }) as string
    const exec = { mark: id, command: argv, tty: request.tty }
    const { handle } = await this.#begin(id, () => engine.exec(instance.id, exec))
    return { ...this.#view(id), ticket: this.#tickets.issue(id, handle) }
  }

  /**
   * Written down before it starts: undefined where that moment was run already. Throws as `create` does, and what becomes
   * of it is told to the news.
   */
  async start(app: AppRecord, job: Job, release = this.#release(app)): Promise<StartedJob | undefined> {
    if (job.kind === 'cron') this.#requireRoom(app)
    const command = [job.command]
    const asked = this.#request(app, release, { name: job.name, command, tty: null, detached: !job.attach })
    const id = this.#parts.records.insert(app, { ...job, release: release.number, command })
    return id === undefined ? undefined : await this.#run(id, app, asked)
  }

  /** Single use; undefined when unknown, used or too old. */
  redeem(runId: string, ticket: string): RunHandle | undefined {
    return this.#tickets.redeem(runId, ticket)
  }

  list(app: AppRecord): Run[] {
    return this.#parts.records.list(app.id).map(runView)
  }

  async stop(app: AppRecord, idOrName: string): Promise<void> {
    const row = this.#parts.records.running(app.id).find(({ id, name }) => id === idOrName || name === idOrName)
    const handle = row && (await this.#handleOf(row))
    if (!handle) {
      throw new PaasError('not-found', 'run.not-found', `No one-off ${idOrName} is running.`, {
        command: `paas ps -a ${app.name}`,
      })
    }
    // A shell at a terminal heeds that, and not SIGTERM.
    await handle.signal(row.instance === null ? 'SIGTERM' : 'SIGHUP')
  }

  /** Asks it to end, and ends it after `graceMs`; resolves when it has. It makes way: that is no failure. */
  async replace(row: RunRow, graceMs: number): Promise<void> {
    const handle = await this.#handleOf(row)
    // Nobody follows it, and the engine has none: or it would stand in the way for good.
    if (!handle) return this.#ended(row.id, null)
    this.#replaced.add(row.id)
    await handle.signal('SIGTERM')
    const kill = setTimeout(() => void handle.signal('SIGKILL').catch(() => undefined), graceMs)
    await handle.exited.catch(() => undefined)
    clearTimeout(kill)
  }

  /** After a restart of the server, when the engine has answered: detached runs go on being followed, the rest have ended. */
  async recover(nameOfApp: (appId: string) => AppRecord | undefined): Promise<void> {
    const { engine, news, records } = this.#parts
    for (const row of records.running()) {
      const app = nameOfApp(row.app_id)
      // Nobody is on the line of an exec any more; an instance that is gone has taken it along.
      if (row.instance_id !== null) await engine.endExec(row.instance_id, row.id)
      const handle = app && row.instance_id === null && (await engine.findRun(row.app_id, row.name))
      if (!app || !handle) {
        this.#ended(row.id, null)
        continue
      }
      this.#handles.set(row.id, handle)
      news.runStarted(app, handle.id, row.name)
      void this.#followToEnd(row.id, handle)
    }
  }

  #requireRoom(app: AppRecord): void {
    const ofApp = this.#parts.records.running(app.id).length
    const ofBox = this.#parts.records.countRunning()
    if (ofApp < MAX_RUNS_OF_APP && ofBox < MAX_RUNS_OF_BOX) return
    throw new PaasError(
      'limited',
      'run.limit',
      `Too many one-offs are running (${ofApp} of ${app.name}, ${ofBox} on the box).`,
      {
        fix: `At most ${MAX_RUNS_OF_APP} run for an app and ${MAX_RUNS_OF_BOX} on a box. Stop some first.`,
        command: `paas runs -a ${app.name}`,
      },
    )
  }

  #write(actor: Actor, app: AppRecord, { name, release }: RunRequest, command: string[]): string {
    return this.#parts.records.insert(app, { name, release, command, userId: actor.user?.id ?? null }) as string
  }

  async #run(id: string, app: AppRecord, request: RunRequest): Promise<StartedJob> {
    const { engine, news } = this.#parts
    const begun = await this.#begin(id, () => engine.run(request))
    news.runStarted(app, begun.handle.id, request.name)
    return begun
  }

  async #begin(id: string, start: () => Promise<RunHandle>): Promise<StartedJob> {
    const starting = start()
    this.#starting.set(id, starting)
    try {
      const handle = await starting
      this.#handles.set(id, handle)
      return { id, handle, ended: this.#followToEnd(id, handle) }
    } catch (error) {
      this.#ended(id, null, `could not be started: ${messageOf(error)}`)
      throw error
    } finally {
      this.#starting.delete(id)
    }
  }

  #request(app: AppRecord, release: ReleaseRecord, request: Parameters<typeof runRequestOf>[3]): RunRequest {
    const memoryMb = this.#parts.formation.get(app.id, 'run')?.memoryMb ?? RUN_MEMORY_MB
    return runRequestOf(app, release, memoryMb, request)
  }

  async #handleOf(row: RunRow): Promise<RunHandle | null> {
    const starting = this.#starting.get(row.id)
    if (starting) return await starting.catch(() => null)
    return this.#handles.get(row.id) ?? (await this.#parts.engine.findRun(row.app_id, row.name))
  }

  async #followToEnd(id: string, handle: RunHandle): Promise<Exit | null> {
    try {
      const exit = await handle.exited
      this.#ended(id, exit)
      return exit
    } catch (error) {
      // The server goes and it runs on: the next life of the server takes it up.
      if (!isLeft(error)) this.#ended(id, null)
      return null
    } finally {
      this.#handles.delete(id)
    }
  }

  /** Of an app that was destroyed meanwhile there is no row any more. */
  #ended(id: string, exit: Exit | null, how = howItEnded(exit)): void {
    const { news, records } = this.#parts
    const row = records.find(id)
    if (row === undefined || row.state === 'ended') return
    records.end(id, exit?.code ?? null)
    const replaced = this.#replaced.delete(id)
    if (row.job === null) return
    records.prune(row.app_id, row.job)
    const app = { id: row.app_id, name: row.app }
    if (exit?.code !== 0 && !replaced) news.jobFailed(app, row.name, how, records.failedBefore(row))
  }

  #release(app: AppRecord): ReleaseRecord {
    if (app.currentRelease !== null) return this.#parts.releases.record(app.id, app.currentRelease)
    throw new PaasError('conflict', 'release.none', `${app.name} has no release yet, so there is nothing to run.`, {
      fix: 'Push some code first.',
      command: 'git push paas main',
    })
  }

  #view(id: string): Run {
    return runView(this.#parts.records.find(id) as RunRow)
  }
}

function isLeft(error: unknown): boolean {
  return error instanceof PaasError && error.code === 'run.left'
}

/** What a failed job has done: `exited with status 1`. */
export function howItEnded(exit: Exit | null): string {
  if (exit === null) return 'ended, and nobody saw how'
  if (exit.outOfMemory) return 'ran out of memory'
  return exit.signal ? `was ended by ${exit.signal}` : `exited with status ${exit.code}`
}
