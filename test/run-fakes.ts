import { PassThrough } from 'node:stream'
import type { AppRecord } from '../server/apps/apps.ts'
import type { CronJob } from '../server/contract/cron.ts'
import type { Run } from '../server/contract/run.ts'

const THEN = '2026-01-31T00:00:00.000Z'

/** For tests: one-offs and cron jobs as the API sees them. */
export class FakeCron {
  readonly calls: string[] = []

  list(app: AppRecord): CronJob[] {
    const job = { number: 1, name: 'cron.1', schedule: '@daily', command: 'tidy', concurrency: 'forbid' as const }
    return [{ ...job, paused: false, nextAt: THEN, lastRun: run(app, ['tidy']) }]
  }
  async run(_actor: unknown, app: AppRecord, number: number): Promise<Run> {
    this.calls.push(`run ${number}`)
    return run(app, ['tidy'])
  }
}

export class FakeRuns {
  readonly handle = new FakeRunHandle()
  ticket: string | null = 'secret-ticket'

  async create(_actor: unknown, app: AppRecord, request: { command: string[] }) {
    return { ...run(app, request.command), ticket: this.ticket }
  }
  async exec(_actor: unknown, app: AppRecord, request: { command?: string[] | undefined }) {
    return { ...run(app, request.command ?? ['sh']), instance: 'web.1', ticket: this.ticket }
  }
  async startTool(_actor: unknown, app: AppRecord, tool: { command: string[] }) {
    return { ...run(app, tool.command), ticket: this.ticket }
  }
  list(app: AppRecord): Run[] {
    return [run(app, ['ls'])]
  }
  async stop(): Promise<void> {}
  redeem(id: string, ticket: string): FakeRunHandle | undefined {
    if (id !== 'run_1' || ticket !== this.ticket) return undefined
    this.ticket = null
    return this.handle
  }
}

type Exit = { code: number | null; signal: string | null; outOfMemory: boolean; at: Date }

export class FakeRunHandle {
  readonly id = 'instance'
  readonly stdin = new PassThrough()
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly asked: string[] = []
  readonly #exit = Promise.withResolvers<Exit>()
  readonly exited = this.#exit.promise

  async resize(columns: number, rows: number): Promise<void> {
    this.asked.push(`resize ${columns}x${rows}`)
  }
  async signal(name: string): Promise<void> {
    this.asked.push(name)
  }
  end(code: number | null, signal: string | null = null): void {
    this.stdout.end()
    this.stderr.end()
    this.#exit.resolve({ code, signal, outOfMemory: false, at: new Date() })
  }
}

function run(app: AppRecord, command: string[]): Run {
  const base = { id: 'run_1', name: 'run.1234', app: app.name, state: 'running' as const, command, by: 'alice' }
  return { ...base, instance: null, createdAt: THEN, exitCode: null }
}
