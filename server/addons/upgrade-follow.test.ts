import { expect, test } from 'vitest'
import type { AddonFollowing } from './addon-service.ts'
import { ByFollowing } from './upgrade-follow.ts'
import type { Move } from './upgrade-move.ts'

type Wish = { shapes?: string[]; after?: Record<string, number>; left?: number[] }

/** A move of which every step is noted; shapes and tables that are left are those of one look after the other. */
function moving({ shapes = ['a'], after = { 'rows in todos': 3 }, left = [0] }: Wish) {
  const steps: string[] = []
  const note = (step: string) => async () => void steps.push(step)
  const next = <T>(list: T[]): T => (list.length > 1 ? list.shift() : list[0]) as T
  const following: AddonFollowing = {
    obstacle: async () => undefined,
    shape: async () => next(shapes),
    begin: note('begin'),
    look: async () => ({ tablesLeft: next(left), behindBytes: 0 }),
    settle: note('settle'),
    catchUp: note('catch up'),
    finish: async () => ({ before: { 'rows in todos': 3 }, after }),
    leave: note('leave'),
    tidy: note('tidy'),
  }
  const upgrade = { stopWrites: note('stop'), allowWrites: note('allow'), makeRoom: note('room'), following }
  const service = { putCredential: note('login') }
  const logins = [{ user: 'u_1' }]
  const parts = { addon: { name: 'orders' }, database: {}, from: {}, to: {}, outside: {}, inside: {} }
  const move = { ...parts, service, upgrade, logins, say: () => {}, signal: new AbortController().signal }
  const servers = { join: async () => ({ host: 'old', port: 5432 }), part: note('part') }
  return { steps, way: new ByFollowing(servers), move: move as unknown as Move }
}

test('writers are stopped when all is there, and the new server takes nothing more at the end', async () => {
  const { move, steps, way } = moving({ left: [2, 0] })
  await way.carry(move)
  expect(steps).toEqual(['room', 'begin', 'settle', 'login', 'stop', 'catch up', 'leave'])
})

test('a migration while it follows ends it before anybody is stopped', async () => {
  const { move, steps, way } = moving({ shapes: ['a', 'b'] })
  await expect(way.carry(move)).rejects.toThrow('a table, function or the like was changed meanwhile')
  expect(steps).not.toContain('stop')
})

test('one in the last moment, or a row too few, ends it as well', async () => {
  const late = moving({ shapes: ['a', 'a', 'a', 'b'] })
  await expect(late.way.carry(late.move)).rejects.toThrow('changed meanwhile')
  const fewer = moving({ after: { 'rows in todos': 2 } })
  await expect(fewer.way.carry(fewer.move)).rejects.toThrow('rows in todos: 2 where there were 3')
  for (const { steps } of [late, fewer]) expect(steps).not.toContain('leave')
})

test('a rehearsal stops nobody, and forgives what apps write between two counts', async () => {
  const { move, steps, way } = moving({ after: { 'rows in todos': 5 } })
  expect(await way.rehearse(move)).toMatchObject({ facts: { 'rows in todos': 5 }, words: 'were followed' })
  expect(steps).not.toContain('stop')
  await way.tidy(move)
  expect(steps.slice(-3)).toEqual(['tidy', 'tidy', 'part'])
})
