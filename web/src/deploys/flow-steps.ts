import type { Build } from '../../../server/contract/build.ts'
import type { DeployState } from '../../../server/contract/release.ts'

/** The way of a deploy as it is drawn: a word for people, and the states that it covers. */
export const STEPS: { label: string; states: DeployState[] }[] = [
  { label: 'Queue', states: ['queued'] },
  { label: 'Build', states: ['fetching', 'building', 'built'] },
  { label: 'Release', states: ['releasing'] },
  { label: 'Start', states: ['starting'] },
  { label: 'Reach', states: ['probing'] },
  { label: 'Switch', states: ['promoting'] },
  { label: 'Drain', states: ['draining', 'retiring'] },
  { label: 'Live', states: ['live'] },
]

export type StepState = 'done' | 'now' | 'failed' | 'ahead'

const ENDED_BADLY: DeployState[] = ['failed', 'canceled', 'superseded']

/** True for a build that is under way, or whose deploy is; other deploys, as of new config vars, have no build. */
export function underWay({ state, deploy }: Pick<Build, 'state' | 'deploy'>): boolean {
  if (deploy === null) return state === 'queued' || state === 'running'
  return deploy !== 'live' && !ENDED_BADLY.some((each) => each === deploy)
}

/** How far it is. What failed did so at the step that was seen last. */
export function stepStates(state: DeployState, seenLast: DeployState): StepState[] {
  const failed = ENDED_BADLY.includes(state)
  const at = STEPS.findIndex(({ states }) => states.includes(failed ? seenLast : state))
  return STEPS.map((_, n) => {
    if (state === 'live' || n < at) return 'done'
    if (n > at) return 'ahead'
    return failed ? 'failed' : 'now'
  })
}
