import type { App } from '../../../server/contract/app.ts'
import type { Release } from '../../../server/contract/release.ts'
import { call, refresh, useCall } from '../shell/api.ts'
import { Link, navigate, usePlace } from '../shell/router.tsx'
import { useAction } from '../ui/action.ts'
import { Cli, Copy } from '../ui/copy.tsx'
import { Empty, Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { State } from '../ui/state.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'
import { DeployUnderWay } from './deploy-flow.tsx'

const EVERY_MS = 4_000
const SHOWN = 100

export function Releases({ app }: { app: App }) {
  const releases = useCall(
    'releases.list',
    { params: { app: app.name }, query: { limit: SHOWN } },
    { everyMs: EVERY_MS },
  )
  const deploy = usePlace().query.get('deploy')
  const rollback = useAction(async (to: number) => {
    const made = await call('releases.rollback', {
      params: { app: app.name },
      body: { to },
      idempotencyKey: crypto.randomUUID(),
    })
    navigate(`/apps/${app.name}/releases?deploy=${made.deploy}`)
    await refresh('releases.list', 'apps.info')
  })
  return (
    <div className="stack">
      {deploy && <DeployUnderWay key={deploy} app={app.name} deploy={deploy} build={undefined} />}
      <Section title="Releases">
        <ProblemBox error={rollback.error} />
        <Asked query={releases}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No release yet">
                <Copy text="git push paas main" prompt />
              </Empty>
            ) : (
              <ol className="releases">
                {items.map((release) => (
                  <Row
                    key={release.number}
                    app={app.name}
                    release={release}
                    busy={rollback.busy}
                    onRollback={rollback.run}
                  />
                ))}
              </ol>
            )
          }
        </Asked>
        <Cli line={`paas rollback${app.release === null ? '' : ` v${Math.max(1, app.release - 1)}`} -a ${app.name}`} />
      </Section>
    </div>
  )
}

type RowProps = { app: string; release: Release; busy: boolean; onRollback: (to: number) => void }

function Row({ app, release, busy, onRollback }: RowProps) {
  const { number, description, status, current, by, createdAt, commit, build, reason } = release
  return (
    <li id={`v${number}`} className={current ? 'release-current' : ''}>
      <span className="release-number">v{number}</span>
      <div className="grow">
        <p>
          {description} {status !== 'succeeded' && <State state={status} />}
        </p>
        <p className="quiet">
          {by}, <Ago at={createdAt} />
          {commit && (
            <>
              ,{' '}
              {build ? (
                <Link to={`/apps/${app}/builds/${build}`}>commit {commit.slice(0, 8)}</Link>
              ) : (
                `commit ${commit.slice(0, 8)}`
              )}
            </>
          )}
        </p>
        {reason && <p className="low">{reason}</p>}
      </div>
      {current ? (
        <State state="live" label="current" />
      ) : (
        status === 'succeeded' && (
          <button type="button" className="button small" disabled={busy} onClick={() => onRollback(number)}>
            Roll back to here
          </button>
        )
      )}
    </li>
  )
}
