import type { App } from '../../../server/contract/app.ts'
import { BuildList } from '../deploys/builds.tsx'
import { DeployUnderWay } from '../deploys/deploy-flow.tsx'
import { underWay } from '../deploys/flow-steps.ts'
import { useCall } from '../shell/api.ts'
import { Link } from '../shell/router.tsx'
import { Copy } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'
import { InstanceTable } from './instances.tsx'

const EVERY_MS = 3_000
/** While something is on its way. */
const OFTEN_MS = 1_000

export function Overview({ app }: { app: App }) {
  const params = { app: app.name }
  const everyMs = app.release === null || app.state === 'deploying' ? OFTEN_MS : EVERY_MS
  const builds = useCall('builds.list', { params, query: { limit: 5 } }, { everyMs })
  const build = builds.data?.items.find(underWay)
  const deploy = build?.deployId ?? null
  if (app.release === null && builds.isPending) return <Asked query={builds}>{() => null}</Asked>
  if (app.release === null && builds.data?.items.length === 0) return <FirstPush app={app} />
  return (
    <div className="stack">
      {app.state === 'deploying' && <DeployUnderWay key={deploy} app={app.name} build={build?.id} deploy={deploy} />}
      <Section title="Running now" aside={<Link to={`/apps/${app.name}/resources`}>Scale</Link>}>
        <InstanceTable app={app.name} />
      </Section>
      <Current app={app} />
      <Section title="Latest builds" aside={<Link to={`/apps/${app.name}/builds`}>All builds</Link>}>
        <Asked query={builds}>{({ items }) => <BuildList app={app.name} builds={items} />}</Asked>
      </Section>
      <Section title="Push to it">
        <Copy text={`git remote add paas ${app.git.ssh}`} prompt />
        <Copy text="git push paas main" prompt />
      </Section>
    </div>
  )
}

function Current({ app }: { app: App }) {
  const params = { app: app.name }
  const releases = useCall('releases.list', { params, query: { limit: 20 } }, { everyMs: 5_000 })
  const domains = useCall('domains.list', { params })
  const current = releases.data?.items.find((release) => release.current)
  return (
    <Section title="Current release" aside={<Link to={`/apps/${app.name}/releases`}>All releases</Link>}>
      <dl className="facts">
        <dt>Release</dt>
        <dd>
          {current ? (
            <>
              v{current.number}, {current.description}
              <p className="quiet">
                by {current.by}, <Ago at={current.createdAt} />
                {current.commit && (
                  <>
                    , commit <code>{current.commit.slice(0, 8)}</code>
                  </>
                )}
              </p>
            </>
          ) : (
            'none yet'
          )}
        </dd>
        <dt>Addresses</dt>
        <dd>
          {(domains.data?.items ?? []).map(({ host, kind }) => (
            <p key={host}>
              {kind === 'default' ? (
                <a href={app.url} target="_blank" rel="noreferrer">
                  {host}
                </a>
              ) : (
                host
              )}
            </p>
          ))}
        </dd>
      </dl>
    </Section>
  )
}

function FirstPush({ app }: { app: App }) {
  return (
    <div className="empty">
      <p className="empty-title">Nothing deployed yet</p>
      <p>In the git repository of the app:</p>
      <Copy text={`git remote add paas ${app.git.ssh}`} prompt />
      <Copy text="git push paas main" prompt />
      <p className="quiet">Or without git, in its folder:</p>
      <Copy text={`paas deploy . -a ${app.name}`} prompt />
      <p className="quiet">The build shows here as soon as it begins.</p>
    </div>
  )
}
