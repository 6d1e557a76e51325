import type { Run } from '../../../server/contract/run.ts'
import { call, refresh, useCall } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Empty } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { State } from '../ui/state.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'

const EVERY_MS = 3_000

export function RunsTable({ app }: { app: string }) {
  const runs = useCall('runs.list', { params: { app } }, { everyMs: EVERY_MS })
  const stop = useAction(async (run: string) => {
    await call('runs.stop', { params: { app, run } })
    await refresh('runs.list')
  })
  return (
    <>
      <Asked query={runs}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nothing was run yet" />
          ) : (
            <ol className="rows">
              {items.map((run) => (
                <li key={run.id}>
                  <RunState run={run} />
                  <span className="mono">{run.name}</span>
                  <code className="grow clip">{run.command.join(' ')}</code>
                  <span className="quiet">
                    {run.instance !== null && `in ${run.instance}, `}by {run.by}, <Ago at={run.createdAt} />
                  </span>
                  {run.state === 'running' && (
                    <button
                      type="button"
                      className="button small"
                      disabled={stop.busy}
                      aria-label={`Stop ${run.name}`}
                      onClick={() => stop.run(run.id)}
                    >
                      Stop
                    </button>
                  )}
                </li>
              ))}
            </ol>
          )
        }
      </Asked>
      <ProblemBox error={stop.error} />
    </>
  )
}

export function RunState({ run }: { run: Run }) {
  if (run.state === 'running') return <State state="running" />
  if (run.exitCode === null) return <State state="ended" />
  return <State state={run.exitCode === 0 ? 'succeeded' : 'failed'} label={`exit ${run.exitCode}`} />
}
