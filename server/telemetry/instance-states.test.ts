import { expect, test } from 'vitest'
import type { RouterEvent } from '../../router/contract/event.ts'
import type { Exit, Instance } from '../engine/engine.ts'
import { exitStatus, InstanceStates } from './instance-states.ts'

const AT = new Date('2026-01-01T00:00:00Z')
const web: Instance = {
  app: 'app_1',
  release: 3,
  processType: 'web',
  id: 'i1',
  index: 1,
  state: 'running',
  endpoint: { host: '127.0.0.1', port: 5000 },
  startedAt: AT,
  restarts: 0,
  lastExit: null,
}
const worker: Instance = { ...web, processType: 'worker', id: 'i2', endpoint: null }
const exit = (code: number | null, signal: string | null = null, outOfMemory = false): Exit => ({
  code,
  signal,
  outOfMemory,
  at: AT,
})
const target = (to: 'healthy' | 'unhealthy' | 'draining'): Extract<RouterEvent, { type: 'target' }> => ({
  type: 'target',
  service: 'shop',
  id: 'i1',
  instance: 'web.1',
  from: 'adding',
  to,
  at: AT.toISOString(),
})

test('a web instance is up when the router reaches it, once', () => {
  const states = new InstanceStates()
  expect(states.started(web)).toEqual(['Starting process of v3'])
  expect(states.reached(target('healthy'))).toEqual(['State changed from starting to up'])
  expect(states.reached(target('healthy'))).toEqual([])
  expect(states.reached(target('unhealthy'))).toEqual(['State changed from up to unhealthy'])
  expect(states.reached(target('healthy'))).toEqual(['State changed from unhealthy to up'])
  expect(states.reached(target('draining'))).toEqual([])
})

test('a worker is up when it has started', () => {
  expect(new InstanceStates().started(worker)).toEqual(['Starting process of v3', 'State changed from starting to up'])
})

test('a crash and the restart after it are told', () => {
  const states = new InstanceStates()
  states.started(worker)
  expect(states.exited('i2', exit(1))).toEqual(['Process exited with status 1', 'State changed from up to crashed'])
  expect(states.started({ ...worker, restarts: 1 })).toEqual([
    'State changed from crashed to starting',
    'State changed from starting to up',
  ])
})

test('an instance that was asked to stop is down, not crashed', () => {
  for (const asked of [exit(0), exit(143), exit(null, 'SIGTERM')]) {
    const states = new InstanceStates()
    states.adopt(web)
    expect(states.exited('i1', asked).at(-1)).toBe('State changed from up to down')
  }
})

test('running out of memory has its own line', () => {
  const states = new InstanceStates()
  states.adopt(web)
  expect(states.exited('i1', exit(null, 'SIGKILL', true))).toEqual([
    'Error R15 (Memory quota vastly exceeded)',
    'Stopping process with SIGKILL',
    'Process exited with status 137',
    'State changed from up to crashed',
  ])
})

test('instances found running after a restart of the server are not announced again', () => {
  const states = new InstanceStates()
  states.adopt(web)
  expect(states.started(web)).toEqual([])
  expect(states.reached(target('healthy'))).toEqual([])
})

test('exit statuses count as in a shell', () => {
  expect([exit(0), exit(3), exit(null, 'SIGKILL'), exit(null, 'SIGHUP')].map(exitStatus)).toEqual([0, 3, 137, 129])
})
