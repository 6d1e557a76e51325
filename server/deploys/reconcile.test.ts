import { expect, test } from 'vitest'
import type { AppRecord } from '../apps/apps.ts'
import type { Instance } from '../engine/engine.ts'
import type { DeployRecord } from './deploy-records.ts'
import { reconcilePlan } from './reconcile.ts'
import { NO_WISHES } from './release-wishes.ts'
import type { ReleaseRecord } from './releases.ts'

const app: AppRecord = {
  id: 'a1',
  name: 'shop',
  ownerId: 'u1',
  maintenance: false,
  currentRelease: 2,
  createdAt: new Date(0),
}
const release: ReleaseRecord = {
  appId: 'a1',
  number: 2,
  description: '',
  status: 'succeeded',
  userId: null,
  buildId: null,
  commit: null,
  image: 'i2',
  processTypes: { web: 'node web.js', worker: 'node worker.js', release: 'migrate' },
  environment: {},
  port: null,
  profile: false,
  launcher: false,
  config: {},
  wishes: NO_WISHES,
  attached: {},
  reason: null,
  createdAt: new Date(0),
}
const rows = (quantities: Record<string, number>) =>
  Object.entries(quantities).map(([processType, quantity]) => ({ processType, quantity, memoryMb: 512, cpus: 1 }))
const instance = (number: number, processType: string, index: number): Instance => ({
  id: `${number}-${processType}-${index}`,
  app: 'a1',
  release: number,
  processType,
  index,
  state: 'running',
  endpoint: null,
  startedAt: null,
  restarts: 0,
  lastExit: null,
})
const underWay = (values: Partial<DeployRecord>) => values as DeployRecord

test('nothing is done when everything that is wanted runs', () => {
  const actual = [instance(2, 'web', 1), instance(2, 'web', 2), instance(2, 'worker', 1)]
  const plan = reconcilePlan({ app, release, formation: rows({ web: 2, worker: 1 }), unfinished: [], actual })
  expect(plan).toEqual({ apply: [], remove: [] })
})

test('a missing instance makes its whole workload be applied again', () => {
  const actual = [instance(2, 'web', 2)]
  const plan = reconcilePlan({ app, release, formation: rows({ web: 2, worker: 0 }), unfinished: [], actual })
  expect(plan.apply.map(({ processType, quantity }) => [processType, quantity])).toEqual([['web', 2]])
})

test('an older release that no deploy has in hand is removed', () => {
  const actual = [instance(2, 'web', 1), instance(1, 'web', 1)]
  const plan = reconcilePlan({ app, release, formation: rows({ web: 1 }), unfinished: [], actual })
  expect(plan.remove).toEqual([{ app: 'a1', release: 1, processType: 'web' }])
})

test('what a deploy puts up or takes down is left to it', () => {
  const actual = [instance(2, 'web', 1), instance(1, 'web', 1), instance(3, 'web', 1)]
  const unfinished = [underWay({ release: 3, oldRelease: null }), underWay({ release: 2, oldRelease: 1 })]
  expect(reconcilePlan({ app, release, formation: rows({ web: 1 }), unfinished, actual }).remove).toEqual([])
})

test('a process type scaled to 0 goes, and the release phase is never kept running', () => {
  const actual = [instance(2, 'web', 1), instance(2, 'worker', 1)]
  const plan = reconcilePlan({
    app,
    release,
    formation: rows({ web: 1, worker: 0, release: 1 }),
    unfinished: [],
    actual,
  })
  expect(plan).toEqual({ apply: [], remove: [{ app: 'a1', release: 2, processType: 'worker' }] })
})
