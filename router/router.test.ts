import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DEFAULT_HEALTH_CHECK, DEFAULT_TIMEOUTS } from './contract.ts'
import { EventStream } from './event-stream.ts'
import { createLog } from './log.ts'
import { Router } from './router.ts'
import { StateDirectory } from './state.ts'
import { readTable } from './table.ts'
import { Origin } from './testing/origin.ts'
import { HOST, Rig, service, target, until } from './testing/rig.ts'
import { keepAlive, visit } from './testing/visitor.ts'

const never = new AbortController().signal
let rig: Rig
beforeEach(async () => {
  rig = await Rig.start({ limits: { bootMs: 300, quarantineMs: 30, recheckMs: 30, waiting: 5 } })
})
afterEach(async () => {
  await rig[Symbol.asyncDispose]()
})

describe('swapping targets', () => {
  test('under load loses no request, on kept and on fresh connections', async () => {
    const named = (name: string) => Origin.start((_incoming, response) => setTimeout(() => response.end(name), 2))
    const agent = keepAlive()
    const seen = new Set<string>()
    let stop = false
    let answered = 0
    const load = async (fresh: boolean) => {
      while (!stop) {
        const answer = await visit(rig.port, fresh ? {} : { agent, method: answered % 2 ? 'POST' : 'GET' })
        expect(answer.status).toBe(200)
        seen.add(answer.body)
        answered += 1
      }
    }
    let current = await named('v0')
    await rig.serve([target(current.port)])
    const visitors = [load(true), load(true), load(false), load(false), load(false)]
    for (let version = 1; version <= 10; version++) {
      const next = await named(`v${version}`)
      await rig.serve([target(next.port)])
      await rig.router.drained([`i-${current.port}`])
      await current[Symbol.asyncDispose]()
      current = next
    }
    await until(() => seen.has('v10'))
    stop = true
    await Promise.all(visitors)
    agent.destroy()
    await current[Symbol.asyncDispose]()
    expect(seen.size).toBe(11)
    expect(answered).toBeGreaterThan(50)
    expect(rig.records.filter(({ code }) => code !== undefined)).toEqual([])
  })

  test('is in force when the call returns, within 20 ms', async () => {
    await using one = await Origin.start((_incoming, response) => response.end('one'))
    await using two = await Origin.start((_incoming, response) => response.end('two'))
    const timings: number[] = []
    for (const { port, body } of [one, two, one, two, one].map((app) => ({
      port: app.port,
      body: app === one ? 'one' : 'two',
    }))) {
      const targets = [target(port)]
      await rig.router.probe({ service: 'app', targets, healthCheck: DEFAULT_HEALTH_CHECK, deadlineMs: 1_000 }, never)
      const began = performance.now()
      await rig.put(service({ targets }))
      expect((await visit(rig.port)).body).toBe(body)
      timings.push(performance.now() - began)
    }
    timings.sort((a, b) => a - b)
    expect(timings[2]).toBeLessThan(20)
  })

  test('lets requests finish, and cuts them at the limit', async () => {
    await using old = await Origin.start((incoming, response) => {
      if (incoming.url === '/quick') setTimeout(() => response.end('done'), 60)
    })
    const timeouts = { ...DEFAULT_TIMEOUTS, drainMs: 200 }
    await rig.serve([target(old.port)], { timeouts })
    const quick = visit(rig.port, { path: '/quick' })
    const stuck = visit(rig.port, { path: '/stuck' })
    await until(() => old.requests.length === 2)
    await rig.put(service({ timeouts, empty: 'stopped' }))
    expect((await visit(rig.port)).body).toMatch(/^H14 /)
    expect(rig.router.status().services[0]?.targets).toMatchObject([{ state: 'draining', inFlight: 2 }])
    const drained = rig.router.drained([`i-${old.port}`, 'never-seen'])
    expect((await quick).body).toBe('done')
    expect((await stuck).body).toMatch(/^H18 /)
    expect(await drained).toEqual({
      targets: [
        { id: `i-${old.port}`, cut: 1 },
        { id: 'never-seen', cut: 0 },
      ],
    })
  })

  test('back to a target that is still draining takes it as it is', async () => {
    await using old = await Origin.start()
    await using next = await Origin.start()
    await rig.serve([target(old.port)])
    await rig.serve([target(next.port)])
    await rig.put(service({ targets: [target(old.port)] }))
    expect(rig.router.status().services[0]?.targets[0]?.state).toBe('healthy')
    expect((await visit(rig.port)).status).toBe(200)
    await expect(rig.router.drained([`i-${old.port}`])).rejects.toThrow(/in the table/)
  })

  test('an id that is new at an old address is another target, unproven and on connections of its own', async () => {
    await using app = await Origin.start()
    await rig.serve([target(app.port, 'first')])
    await rig.put(service({ targets: [target(app.port, 'second')] }))
    expect(rig.router.status().services[0]?.targets[0]).toMatchObject({ id: 'second', state: 'adding' })
  })
})

describe('targets', () => {
  test('that were not probed serve once they are healthy; requests wait for the first one', async () => {
    const app = new Origin((_incoming, response) => response.end('late'))
    const holder = await Origin.start()
    const { port } = holder
    await holder[Symbol.asyncDispose]()
    await rig.put(service({ targets: [target(port)] }))
    const answer = visit(rig.port)
    setTimeout(() => app.server.listen(port, '127.0.0.1'), 60)
    expect((await answer).body).toBe('late')
    await app[Symbol.asyncDispose]()
  })

  test('that never become healthy give H20 after the boot limit, and H11 when too many wait', async () => {
    const holder = await Origin.start()
    await holder[Symbol.asyncDispose]()
    await rig.put(service({ targets: [target(holder.port)] }))
    const answers = await Promise.all(Array.from({ length: 8 }, () => visit(rig.port)))
    const codes = answers.map(({ body }) => body.slice(0, 3)).sort()
    expect(codes).toEqual(['H11', 'H11', 'H11', 'H20', 'H20', 'H20', 'H20', 'H20'])
  })

  test('with less in flight get the next request', async () => {
    const held: (() => void)[] = []
    await using busy = await Origin.start((_incoming, response) => held.push(() => response.end('busy')))
    await rig.serve([target(busy.port)])
    const waiting = [visit(rig.port), visit(rig.port)]
    await until(() => held.length === 2)
    await using idle = await Origin.start((_incoming, response) => response.end('idle'))
    await rig.serve([target(busy.port), target(idle.port)])
    for (let count = 0; count < 10; count++) expect((await visit(rig.port)).body).toBe('idle')
    for (const finish of held) finish()
    await Promise.all(waiting)
  })

  test('that failed are asked again and come back, with each change told to the event stream', async () => {
    await using other = await Origin.start()
    const app = await Origin.start()
    await rig.serve([target(app.port), target(other.port)])
    const events = rig.listen()
    await app[Symbol.asyncDispose]()
    const state = () => rig.router.status().services[0]?.targets[0]?.state
    for (let count = 0; count < 50 && state() === 'healthy'; count++) await visit(rig.port)
    expect(state()).toBe('unhealthy')
    await using back = new Origin((_incoming, response) => response.end())
    await new Promise<void>((resolve) => back.server.listen(app.port, '127.0.0.1', resolve))
    await until(() => state() === 'healthy')
    const told = String(events.read())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const changes = told.filter(({ type }) => type === 'target').map(({ from, to }) => [from, to])
    expect(changes).toEqual([
      ['healthy', 'unhealthy'],
      ['unhealthy', 'healthy'],
    ])
    expect(told.filter(({ type }) => type === 'request').length).toBeGreaterThan(0)
  })
})

describe('pause', () => {
  test('holds requests until resume, or refuses them after the hold', async () => {
    await using app = await Origin.start()
    await rig.serve([target(app.port)])
    rig.router.pause('app', 2_000)
    const held = visit(rig.port)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(app.requests.length).toBe(0)
    rig.router.resume('app')
    expect((await held).status).toBe(200)
    rig.router.pause('app', 20)
    expect((await visit(rig.port)).body).toMatch(/^H83 /)
    expect(() => rig.router.pause('nobody', 1)).toThrow(/no service "nobody"/)
  })
})

describe('the saved table', () => {
  const restart = (bootId = 'this-boot') => {
    const state = new StateDirectory(
      rig.directory,
      createLog('error', () => {}),
    )
    return new Router({
      state,
      events: new EventStream(),
      bootId,
      limits: { bootMs: 50, quarantineMs: 50, recheckMs: 50, waiting: 5 },
    })
  }

  test('serves at once after a restart within the same boot', async () => {
    await using app = await Origin.start()
    await rig.serve([target(app.port)])
    using router = restart()
    expect(await router.restore()).toEqual({ version: 1, confirmed: true })
    expect(router.status().services[0]?.targets[0]?.state).toBe('healthy')
  })

  test('of another boot routes to nobody until a table confirms it', async () => {
    await using app = await Origin.start()
    await rig.serve([target(app.port)])
    using router = restart('another-boot')
    expect(await router.restore()).toEqual({ version: 1, confirmed: false })
    const work = { kind: 'request' as const, cut: () => {} }
    const take = () => router.find(HOST)?.take(work, new Set(), never)
    const seen = app.requests.length
    expect(await take()).toBe('H99')
    expect(app.requests.length).toBe(seen)
    await router.put(
      readTable({ version: 1, engineBootId: 'engine', services: [service({ targets: [target(app.port)] })] }),
    )
    await until(() => router.status().services[0]?.targets[0]?.state === 'healthy')
    expect(await take()).toMatchObject({ id: `i-${app.port}` })
  })

  test('is refused when it is damaged, and the one before is taken', async () => {
    for (const hosts of [['a.test'], ['b.test']]) await rig.put(service({ hosts }))
    const [, newest = ''] = (await readdir(rig.directory)).sort()
    const text = await readFile(join(rig.directory, newest), 'utf8')
    await writeFile(join(rig.directory, newest), text.replace('b.test', 'c.test'))
    using router = restart()
    expect(await router.restore()).toMatchObject({ version: 1 })
    expect(router.find('a.test')).toBeDefined()
    expect(router.find('c.test')).toBeUndefined()
  })

  test('is kept five times, and a half-written one does not count', async () => {
    for (let count = 0; count < 8; count++) await rig.put(service({ hosts: [`h${count}.test`] }))
    await writeFile(join(rig.directory, 'table-0000000000000099.json'), '{"schema":1,"sha')
    await writeFile(join(rig.directory, 'table-0000000000000098.json.tmp'), 'x')
    using router = restart()
    expect(await router.restore()).toMatchObject({ version: 8 })
    const names = (await readdir(rig.directory)).filter((name) => name.endsWith('.json'))
    expect(names.length).toBe(6)
  })
})

describe('a table is refused', () => {
  test('when it is older, or differs under the same version; the same again is fine', async () => {
    const table = rig.table(service())
    const next = rig.table(service({ hosts: ['b.test'] }))
    await rig.router.put(next)
    await rig.router.put(next)
    await expect(rig.router.put(table)).rejects.toThrow('Version 1 is older than 2')
    await expect(rig.router.put({ ...next, services: [] })).rejects.toThrow('another content')
    expect(rig.router.find('b.test')).toBeDefined()
  })

  test('when it cannot be saved, and the one in force stays', async () => {
    const state = { load: async () => null, save: async () => Promise.reject(new Error('disk full')) }
    using router = new Router({ state, events: new EventStream(), bootId: 'b' })
    await expect(router.put({ version: 1, engineBootId: '', services: [service()] })).rejects.toThrow('disk full')
    expect(router.find(HOST)).toBeUndefined()
  })
})
