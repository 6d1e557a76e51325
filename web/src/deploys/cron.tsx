import type { CronJob } from '../../../server/contract/cron.ts'
import { call, refresh, useCall } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'
import { RunState } from './runs.tsx'

const EVERY_MS = 5_000

export function CronSection({ app }: { app: string }) {
  const jobs = useCall('cron.list', { params: { app } }, { everyMs: EVERY_MS })
  const run = useAction(async (job: number) => {
    await call('cron.run', { params: { app, job } })
    await refresh('cron.list', 'runs.list')
  })
  return (
    <Section title="Cron jobs">
      <Asked query={jobs}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="quiet">
              None: they stand under <code>cron</code> in app.json, and come with a push.
            </p>
          ) : (
            <ul className="domains">
              {items.map((job) => (
                <Row key={job.number} job={job} busy={run.busy} onRun={() => run.run(job.number)} />
              ))}
            </ul>
          )
        }
      </Asked>
      <ProblemBox error={run.error} />
      <Cli line={`paas cron -a ${app}`} />
    </Section>
  )
}

function Row({ job, busy, onRun }: { job: CronJob; busy: boolean; onRun: () => void }) {
  const { command, lastRun, name, nextAt, schedule } = job
  return (
    <li>
      <div className="domain-line">
        <span className="domain-host">{name}</span>
        <code title="In UTC">{schedule}</code>
        <code className="grow clip" title={command}>
          {command}
        </code>
        <button type="button" className="button small" aria-label={`Run now: ${name}`} disabled={busy} onClick={onRun}>
          Run now
        </button>
      </div>
      <p className="quiet">
        {nextAt === null ? (
          'paused'
        ) : (
          <>
            next <Ago at={nextAt} />
          </>
        )}
        {lastRun && (
          <>
            {'; last '}
            <Ago at={lastRun.createdAt} /> <RunState run={lastRun} />
          </>
        )}
      </p>
    </li>
  )
}
