import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Instance } from '../engine/engine.ts'
import type { Actor } from '../people/actor.ts'
import { RunsKit } from './runs-kit.ts'

let kit: RunsKit
let actor: Actor
beforeEach(() => {
  kit = new RunsKit()
  kit.release()
  actor = kit.kit.ann
  kit.instances = [instance('worker', 1, 1), instance('web', 1, 1), instance('web', 2, 1)]
})
afterEach(() => kit[Symbol.dispose]())

function instance(processType: string, index: number, release: number, state: Instance['state'] = 'running'): Instance {
  const id = `${processType}-${index}-v${release}`
  const key = { app: kit.shop.id, release, processType }
  return { ...key, id, index, state, endpoint: null, startedAt: null, restarts: 0, lastExit: null }
}
const inside = (asked: { instance?: string; command?: string[] } = {}) =>
  kit.runs.exec(actor, kit.shop, { tty: null, ...asked })
const joined = () => kit.engine.execs.map((each) => each.instance)

test('a command joins the instance that was asked for, and a shell one of web', async () => {
  const run = await inside({ instance: 'worker.1', command: ['ps', 'aux'] })
  expect(run).toMatchObject({ state: 'running', instance: 'worker.1', command: ['ps', 'aux'], by: 'ann' })
  expect(run.name).toMatch(/^exec\.\d+$/)
  await inside()
  await inside({ command: ['ls | wc -l'] })
  expect(joined()).toEqual(['worker-1-v1', 'web-1-v1', 'web-1-v1'])
  const commands = kit.engine.execs.map(({ request }) => request.command)
  expect(commands[0]).toEqual(['ps', 'aux'])
  expect(commands[1]?.at(-1)).toContain('exec bash')
  expect(commands[2]).toEqual(['/bin/sh', '-c', 'ls | wc -l'])
  expect(kit.engine.execs.map(({ request }) => request.mark)).toContain(run.id)
})

test('of two with one name, that of the release that serves is meant; one that does not run cannot be joined', async () => {
  kit.instances = [instance('web', 1, 0), instance('web', 1, 1), instance('worker', 1, 1, 'exited')]
  await inside({ instance: 'web.1' })
  expect(joined()).toEqual(['web-1-v1'])
  await expect(inside({ instance: 'worker.1' })).rejects.toMatchObject({ code: 'instance.not-found' })
  await expect(inside({ instance: 'web.7' })).rejects.toMatchObject({ code: 'instance.not-found' })
  kit.instances = []
  await expect(inside()).rejects.toMatchObject({ code: 'instance.not-found' })
  expect(kit.runs.list(kit.shop)).toHaveLength(1)
})

test('its ticket opens it once, and its end is written down', async () => {
  const { id, ticket } = await inside()
  const [started] = kit.engine.execs
  expect(kit.runs.redeem(id, 'another')).toBeUndefined()
  expect(kit.runs.redeem(id, ticket ?? '')).toBe(started?.handle)
  expect(kit.runs.redeem(id, ticket ?? '')).toBeUndefined()
  started?.handle.end(3)
  await expect.poll(() => kit.runs.list(kit.shop)[0]).toMatchObject({ id, state: 'ended', exitCode: 3 })
})

test('it counts as a one-off, is stopped as a terminal is, and what a server before has left is ended', async () => {
  const runs = await Promise.all(Array.from({ length: 10 }, () => inside()))
  await expect(inside()).rejects.toMatchObject({ code: 'run.limit' })
  await kit.runs.stop(kit.shop, runs[0]?.id ?? '')
  expect(kit.engine.execs[0]?.handle.asked).toEqual(['SIGHUP'])
  const later = kit.secondLife()
  await later.recover(() => kit.shop)
  expect(kit.engine.left.sort()).toEqual(runs.map(({ id }) => `web-1-v1 ${id}`).sort())
  expect(later.list(kit.shop).filter(({ state }) => state === 'running')).toEqual([])
})

test('where the engine refuses, nothing stays behind', async () => {
  kit.engine.failure = new Error('no')
  await expect(inside()).rejects.toThrow('no')
  expect(kit.runs.list(kit.shop)).toMatchObject([{ state: 'ended', exitCode: null }])
})
