import type { App } from '../server/contract/app.ts'
import type { Build } from '../server/contract/build.ts'
import type { CronJob } from '../server/contract/cron.ts'
import type { Process } from '../server/contract/formation.ts'
import type { Deploy, Release } from '../server/contract/release.ts'

export const TIME = '2026-01-02T10:00:00.000Z'
/** What the handlers of `shopHandlers` work on: one app called shop. */
export class Shop {
  name = 'shop'
  release = 9
  maintenance = false
  claimed = true
  vars: Record<string, string> = { NODE_ENV: 'production', SECRET: 'hunter2' }
  processes: Process[] = [process('web', 1, 'npm start'), process('worker', 0, 'node worker.js')]
  domains = [{ host: 'shop.example.com', kind: 'default' as const, createdAt: null as string | null }]
  members: unknown[] = [{ user: 'ada', role: 'owner' }]
  /** How the next deploys go: their states, in order. */
  deployStates: Deploy['state'][] = ['queued', 'starting', 'probing', 'promoting']
  deployReason: string | null = null
  buildLines = ['-----> Building', '       Released v9']
  buildState: Build['state'] = 'succeeded'

  app(): App {
    return {
      id: 'app_1',
      name: this.name,
      state: 'running',
      owner: 'ada',
      createdAt: TIME,
      release: this.release,
      maintenance: this.maintenance,
      url: `http://${this.name}.example.com`,
      git: { ssh: `ssh://git@box.example.com:2222/${this.name}`, http: `http://box.example.com/git/${this.name}.git` },
    }
  }

  deploy(state: Deploy['state']): Deploy {
    const serving = state === 'draining' || state === 'live'
    const final = ['live', 'failed', 'canceled', 'superseded'].includes(state)
    const reason = this.deployReason
    return {
      id: 'dep_1',
      app: this.name,
      state,
      serving,
      final,
      release: this.release,
      build: null,
      reason,
      createdAt: TIME,
      updatedAt: TIME,
    }
  }

  build(): Build {
    const ended = this.buildState === 'running' ? null : '2026-01-02T10:01:05.000Z'
    return {
      id: 'bld_1',
      app: this.name,
      state: this.buildState,
      deploy: null,
      deployId: null,
      release: 9,
      commit: '4c1d9e2ab',
      by: 'ada',
      buildpack: 'node',
      reason: null,
      createdAt: TIME,
      startedAt: TIME,
      endedAt: ended,
      sizeBytes: 1024,
    }
  }

  releaseInfo(number: number): Release {
    return {
      number,
      description: 'Deploy 4c1d9e2',
      status: 'succeeded',
      current: number === this.release,
      by: 'ada',
      createdAt: TIME,
      commit: '4c1d9e2',
      build: 'bld_1',
      processTypes: { web: 'npm start' },
      reason: null,
    }
  }

  cronJobs(): CronJob[] {
    const job = { command: 'node tick.js', concurrency: 'forbid' as const }
    const run = {
      id: 'run_1',
      name: 'cron.1',
      app: this.name,
      instance: null,
      command: ['node tick.js'],
      by: 'paas',
      createdAt: TIME,
    }
    return [
      {
        ...{ ...job, number: 1, name: 'cron.1', schedule: '*/5 * * * *', paused: false, nextAt: TIME },
        lastRun: { ...run, state: 'ended', exitCode: 3 },
      },
      { ...job, number: 2, name: 'cron.2', schedule: '@daily', paused: true, nextAt: null, lastRun: null },
    ]
  }

  nextRelease() {
    this.release += 1
    return { release: this.release, deploy: 'dep_1' }
  }
}

function process(type: string, quantity: number, command: string): Process {
  return { type, quantity, command, memoryMb: 512, cpus: 1 }
}
