import { randomBytes, randomInt } from 'node:crypto'
import type { z } from 'zod'
import type { AppRecord } from '../apps/apps.ts'
import type { Formation } from '../apps/formation.ts'
import type { CreatedRun, CreateRun, Run } from '../contract/run.ts'
import type { Database } from '../db/database.ts'
import { newId } from '../db/ids.ts'
import type { Engine, RunHandle } from '../engine/engine.ts'
import { PaasError } from '../errors.ts'
import type { Actor } from '../people/actor.ts'
import type { DeployNews } from './news.ts'
import type { ReleaseRecord, Releases } from './releases.ts'
import { appEnvironment, PIDS_LIMIT, plainCommand, shellCommand } from './workloads.ts'

/** A run that nobody attaches to by then is stopped (Heroku R13). */
export const ATTACH_WITHIN_MS = 30_000
/** Ended runs shown in the list. */
const LISTED = 50
/** One-offs that may run at the same time. */
const MAX_RUNS_OF_APP = 10
const MAX_RUNS_OF_BOX = 50
const RUN_MEMORY_MB = 512

type Waiting = { ticket: string; handle: RunHandle; expiry: NodeJS.Timeout }

/** One-off instances: `paas run`. */
export class Runs {
  readonly #db: Database
  readonly #engine: Engine
  readonly #releases: Releases
  readonly #formation: Formation
  readonly #news: DeployNews
  readonly #waiting = new Map<string, Waiting>()
  readonly #handles = new Map<string, RunHandle>()

  constructor(parts: { db: Database; engine: Engine; releases: Releases; formation: Formation; news: DeployNews }) {
    this.#db = parts.db
    this.#engine = parts.engine
    this.#releases = parts.releases
    this.#formation = parts.formation
    this.#news = parts.news
  }

  async create(actor: Actor, app: AppRecord, request: z.output<typeof CreateRun>): Promise<z.infer<typeof CreatedRun>> {
    const release = this.#release(app)
    this.#requireRoom(app)
    const id = newId('run')
    const name = `run.${randomInt(1000, 10_000)}`
    this.#insert(id, name, actor, app, release, request.command)
    const handle = await this.#start(app, release, name, request).catch((error: unknown) => {
      this.#end(id, null)
      throw error
    })
    this.#handles.set(id, handle)
    this.#news.runStarted(app, handle.id, name)
    void this.#followToEnd(id, handle)
    const ticket = request.detached ? null : this.#expect(id, handle)
    return { ...this.#view(id), ticket }
  }

  /** Single use; undefined when unknown, used or too old. */
  redeem(runId: string, ticket: string): RunHandle | undefined {
    const waiting = this.#waiting.get(runId)
    if (!waiting || waiting.ticket !== ticket) return undefined
    this.#waiting.delete(runId)
    clearTimeout(waiting.expiry)
    return waiting.handle
  }

  list(app: AppRecord): Run[] {
    return this.#db
      .all<RunRow>(`${SELECT} WHERE runs.app_id = ? ORDER BY runs.created_at DESC LIMIT ?`, app.id, LISTED)
      .map(view)
  }

  async stop(app: AppRecord, idOrName: string): Promise<void> {
    const row = this.#db.get<RunRow>(
      `${SELECT} WHERE runs.app_id = ? AND (runs.id = ? OR runs.name = ?) AND runs.state = 'running'`,
      app.id,
      idOrName,
      idOrName,
    )
    const handle = row && (this.#handles.get(row.id) ?? (await this.#engine.findRun(app.id, row.name)))
    if (!handle) {
      throw new PaasError('not-found', 'run.not-found', `No one-off ${idOrName} is running.`, {
        command: `paas ps -a ${app.name}`,
      })
    }
    await handle.signal('SIGTERM')
  }

  /** After a restart of the server, when the engine has answered: detached runs go on being followed, the rest have ended. */
  async recover(nameOfApp: (appId: string) => AppRecord | undefined): Promise<void> {
    for (const row of this.#db.all<RunRow>(`${SELECT} WHERE runs.state = 'running'`)) {
      const app = nameOfApp(row.app_id)
      const handle = app && (await this.#engine.findRun(row.app_id, row.name))
      if (!app || !handle) {
        this.#end(row.id, null)
        continue
      }
      this.#handles.set(row.id, handle)
      this.#news.runStarted(app, handle.id, row.name)
      void this.#followToEnd(row.id, handle)
    }
  }

  #requireRoom(app: AppRecord): void {
    const running = `SELECT count(*) AS count FROM runs WHERE state = 'running'`
    const ofApp = this.#db.get<{ count: number }>(`${running} AND app_id = ?`, app.id)?.count ?? 0
    const ofBox = this.#db.get<{ count: number }>(running)?.count ?? 0
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

  #start(
    app: AppRecord,
    release: ReleaseRecord,
    name: string,
    request: z.output<typeof CreateRun>,
  ): Promise<RunHandle> {
    const [only] = request.command
    return this.#engine.run({
      app: app.id,
      release: release.number,
      name,
      image: release.image,
      command:
        request.command.length === 1
          ? shellCommand(this.#processCommand(release, only as string), release)
          : plainCommand(request.command, release),
      environment: appEnvironment(app, { ...release, config: { ...release.config, ...request.environment } }),
      limits: { memoryMb: this.#formation.get(app.id, 'run')?.memoryMb ?? RUN_MEMORY_MB, cpus: 1, pids: PIDS_LIMIT },
      tty: request.tty,
      attach: !request.detached,
    })
  }

  /** `paas run worker` runs that Procfile entry, as at Heroku; everything else is a command. */
  #processCommand(release: ReleaseRecord, text: string): string {
    return (Object.hasOwn(release.processTypes, text) ? release.processTypes[text] : null) ?? text
  }

  #expect(id: string, handle: RunHandle): string {
    const ticket = randomBytes(24).toString('base64url')
    const expiry = setTimeout(() => {
      this.#waiting.delete(id)
      void handle.signal('SIGKILL').catch(() => undefined)
    }, ATTACH_WITHIN_MS)
    expiry.unref()
    this.#waiting.set(id, { ticket, handle, expiry })
    return ticket
  }

  async #followToEnd(id: string, handle: RunHandle): Promise<void> {
    const exit = await handle.exited.catch(() => null)
    this.#handles.delete(id)
    this.#end(id, exit?.code ?? null)
  }

  #release(app: AppRecord): ReleaseRecord {
    if (app.currentRelease !== null) return this.#releases.record(app.id, app.currentRelease)
    throw new PaasError('conflict', 'release.none', `${app.name} has no release yet, so there is nothing to run.`, {
      fix: 'Push some code first.',
      command: 'git push paas main',
    })
  }

  #insert(id: string, name: string, actor: Actor, app: AppRecord, release: ReleaseRecord, command: string[]): void {
    this.#db.run(
      `INSERT INTO runs (id, app_id, name, release, command, user_id, state, created_at) VALUES (?, ?, ?, ?, ?, ?, 'running', ?)`,
      id,
      app.id,
      name,
      release.number,
      JSON.stringify(command),
      actor.user?.id ?? null,
      Date.now(),
    )
  }

  #end(id: string, exitCode: number | null): void {
    this.#db.run(`UPDATE runs SET state = 'ended', exit_code = ?, ended_at = ? WHERE id = ?`, exitCode, Date.now(), id)
  }

  #view(id: string): Run {
    return view(this.#db.get<RunRow>(`${SELECT} WHERE runs.id = ?`, id) as RunRow)
  }
}

const SELECT = `SELECT runs.*, users.name AS user, apps.name AS app FROM runs
  JOIN apps ON apps.id = runs.app_id LEFT JOIN users ON users.id = runs.user_id`

type RunRow = {
  id: string
  app_id: string
  app: string
  name: string
  command: string
  state: 'running' | 'ended'
  exit_code: number | null
  created_at: number
  user: string | null
}

function view(row: RunRow): Run {
  return {
    id: row.id,
    name: row.name,
    app: row.app,
    state: row.state,
    command: JSON.parse(row.command) as string[],
    by: row.user ?? 'paas',
    createdAt: new Date(row.created_at).toISOString(),
    exitCode: row.exit_code,
  }
}
