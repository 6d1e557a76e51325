import type { App } from '../../../server/contract/app.ts'
import type { Build } from '../../../server/contract/build.ts'
import { useCall } from '../shell/api.ts'
import { Link } from '../shell/router.tsx'
import { Cli, Copy } from '../ui/copy.tsx'
import { Empty, Section } from '../ui/empty.tsx'
import { State } from '../ui/state.tsx'
import { Ago } from '../ui/time.tsx'
import { durationText } from '../ui/time-text.ts'
import { Asked } from '../ui/waiting.tsx'

const EVERY_MS = 3_000
const SHOWN = 50

export function Builds({ app }: { app: App }) {
  const builds = useCall('builds.list', { params: { app: app.name }, query: { limit: SHOWN } }, { everyMs: EVERY_MS })
  return (
    <Section title="Builds">
      <Asked query={builds}>{({ items }) => <BuildList app={app.name} builds={items} />}</Asked>
      <Cli line={`paas builds -a ${app.name}`} />
    </Section>
  )
}

export function BuildList({ app, builds }: { app: string; builds: Build[] }) {
  if (builds.length === 0) {
    return (
      <Empty title="No build yet">
        <Copy text="git push paas main" prompt />
      </Empty>
    )
  }
  return (
    <ul className="rows">
      {builds.map((build) => (
        <li key={build.id}>
          <State state={build.state} />
          <Link to={`/apps/${app}/builds/${build.id}`}>
            <code>{build.commit.slice(0, 8)}</code>
          </Link>
          <span className="grow clip">
            {build.reason ?? (build.release === null ? '' : `became v${build.release}`)}{' '}
            {build.buildpack && <span className="quiet">{build.buildpack}</span>}
          </span>
          <span className="quiet">
            {build.by}, <Ago at={build.createdAt} />
            {build.startedAt &&
              build.endedAt &&
              `, took ${durationText(Date.parse(build.endedAt) - Date.parse(build.startedAt))}`}
          </span>
        </li>
      ))}
    </ul>
  )
}
