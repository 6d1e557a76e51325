import { useMemo } from 'react'
import type { App } from '../../../server/contract/app.ts'
import type { BuildDetails } from '../../../server/contract/build.ts'
import { call, refresh, useCall } from '../shell/api.ts'
import { Link } from '../shell/router.tsx'
import { useStream } from '../shell/use-stream.ts'
import { LineBuffer } from '../telemetry/line-buffer.ts'
import { LineView } from '../telemetry/line-view.tsx'
import { useAction } from '../ui/action.ts'
import { Bar } from '../ui/bar.tsx'
import { Cli } from '../ui/copy.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { sizeText } from '../ui/size.ts'
import { State } from '../ui/state.tsx'
import { Ago } from '../ui/time.tsx'
import { durationText } from '../ui/time-text.ts'
import { Asked } from '../ui/waiting.tsx'
import { DeployUnderWay } from './deploy-flow.tsx'

const EVERY_MS = 1_500

export function BuildScreen({ app, id }: { app: App; id: string }) {
  const params = { app: app.name, build: id }
  const build = useCall('builds.info', { params }, { everyMs: EVERY_MS })
  return <Asked query={build}>{(found) => <BuildOf app={app.name} build={found} />}</Asked>
}

function BuildOf({ app, build }: { app: string; build: BuildDetails }) {
  const goesOn = build.state === 'queued' || build.state === 'running'
  return (
    <div className="stack">
      <div className="build-head">
        <h2>
          Build of <code>{build.commit.slice(0, 12)}</code>
        </h2>
        <State state={build.state} />
        <span className="quiet">
          by {build.by}, <Ago at={build.createdAt} />
          {build.buildpack && `, ${build.buildpack}`}
          {build.sizeBytes !== null && `, ${sizeText(build.sizeBytes)}`}
          {build.peakMemoryBytes !== null && `, peak memory ${sizeText(build.peakMemoryBytes)}`}
        </span>
        {build.release !== null && <Link to={`/apps/${app}/releases`}>v{build.release}</Link>}
        {goesOn && <Cancel app={app} build={build.id} />}
      </div>
      {build.state === 'failed' && build.reason && (
        <div className="problem" role="alert">
          <p className="problem-what">{build.reason}</p>
          <p>What was live stays live. The last lines below say more.</p>
        </div>
      )}
      {build.deployId && <DeployUnderWay key={build.deployId} app={app} deploy={build.deployId} build={undefined} />}
      {build.phases.length > 0 && <Phases phases={build.phases} />}
      <Output app={app} build={build.id} />
      <Cli line={`paas builds:output ${build.id} -a ${app}`} />
    </div>
  )
}

/** How the time went, as bars in proportion. */
function Phases({ phases }: { phases: BuildDetails['phases'] }) {
  const total = Math.max(1, ...phases.map(({ ms }) => ms))
  return (
    <ol className="phases" aria-label="Phases of the build">
      {phases.map(({ name, ms, cached }) => (
        <li key={name}>
          <span className="clip">{name}</span>
          <Bar most={total} value={ms} />
          <span className="num">
            {durationText(ms)} {cached && <span className="quiet">cached</span>}
          </span>
        </li>
      ))}
    </ol>
  )
}

function Output({ app, build }: { app: string; build: string }) {
  const lines = useMemo(() => new LineBuffer(), [])
  useStream('builds.output', `${app} ${build}`, {
    input: () => {
      lines.clear()
      return { params: { app, build } }
    },
    onValue: ({ n, text }) => lines.push({ id: String(n), text }),
    onEnd: () => void refresh('builds.info', 'builds.list'),
  })
  return <LineView lines={lines} label="Output of the build" empty="No line yet." />
}

function Cancel({ app, build }: { app: string; build: string }) {
  const cancel = useAction(async () => {
    await call('builds.cancel', { params: { app, build } })
    await refresh('builds.info', 'builds.list')
  })
  return (
    <>
      <button type="button" className="button small" disabled={cancel.busy} onClick={() => cancel.run()}>
        Cancel
      </button>
      <ProblemBox error={cancel.error} />
    </>
  )
}
