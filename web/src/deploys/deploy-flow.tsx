import { useState } from 'react'
import type { Deploy, DeployState } from '../../../server/contract/release.ts'
import { refresh } from '../shell/api.ts'
import { Link } from '../shell/router.tsx'
import { useStream } from '../shell/use-stream.ts'
import { ProblemBox } from '../ui/problem.tsx'
import { STEPS, stepStates } from './flow-steps.ts'

/** A deploy while it goes its way, drawn; it tells the rest of the page when it is through. */
export function DeployUnderWay({
  app,
  deploy,
  build,
}: {
  app: string
  deploy: string | null
  build: string | undefined
}) {
  const [state, setState] = useState<Deploy>()
  const [seenLast, setSeenLast] = useState<DeployState>('queued')
  const [error, setError] = useState<unknown>()
  useStream('deploys.watch', deploy === null ? null : `${app} ${deploy}`, {
    input: () => ({ params: { app, deploy: deploy ?? '' } }),
    onValue: (value) => {
      setState(value)
      if (!value.final) setSeenLast(value.state)
      if (value.serving) void refresh('apps.info', 'releases.list', 'instances.list', 'builds.list')
    },
    onEnd: () => void refresh('apps.info', 'releases.list', 'instances.list', 'builds.list', 'builds.info'),
    onError: setError,
  })
  if (error) return <ProblemBox error={error} />
  const shown = state?.state ?? 'queued'
  return (
    <div className="flow-box">
      <p className="flow-title">
        {titleOf(state)}
        {build && (
          <>
            {' '}
            <Link to={`/apps/${app}/builds/${build}`}>Watch the build</Link>
          </>
        )}
      </p>
      <Flow state={shown} seenLast={seenLast} />
      {state?.reason && <p className="flow-reason">{state.reason}</p>}
    </div>
  )
}

function Flow({ state, seenLast }: { state: DeployState; seenLast: DeployState }) {
  const states = stepStates(state, seenLast)
  return (
    <ol className="flow" aria-label="Steps of the deploy">
      {STEPS.map(({ label }, n) => (
        <li
          key={label}
          className={`flow-${states[n]}`}
          {...(states[n] === 'now' && { 'aria-current': 'step' as const })}
        >
          {label}
        </li>
      ))}
    </ol>
  )
}

function titleOf(deploy: Deploy | undefined): string {
  if (!deploy) return 'A deploy is under way.'
  const what = deploy.release === null ? 'A deploy' : `v${deploy.release}`
  if (deploy.state === 'live') return `${what} is live.`
  if (deploy.final) return `${what} ${deploy.state}; what was live stays live.`
  return deploy.serving ? `${what} serves; the old instances finish what they have begun.` : `${what} is under way.`
}
