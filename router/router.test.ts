import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DEFAULT_HEALTH_CHECK, DEFAULT_TIMEOUTS } from './contract/table.ts'
import { Origin } from './testing/origin.ts'
import { Rig, service, target, until } from './testing/rig.ts'
import { keepAlive, visit } from './testing/visitor.ts'

const never = new AbortController().signal
let rig: Rig
beforeEach(async () => {
  rig = await Rig.start({ limits: { bootMs: 2_000, quarantineMs: 30, recheckMs: 30, waiting: 5 } })
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

  test('is in force when the call returns', async () => {
    await using one = await Origin.start((_incoming, response) => response.end('one'))
    await using two = await Origin.start((_incoming, response) => response.end('two'))
    for (const { port, body } of [one, two, one, two, one].map((app) => ({
      port: app.port,
      body: app === one ? 'one' : 'two',
    }))) {
      const targets = [target(port)]
      await rig.router.probe({ service: 'app', targets, healthCheck: DEFAULT_HEALTH_CHECK, deadlineMs: 20_000 }, never)
      await rig.put(service({ targets }))
      expect((await visit(rig.port)).body).toBe(body)
    }
  })

  test('lets requests finish, and cuts them at the limit', async () => {
    let answer = () => {}
    await using old = await Origin.start((incoming, response) => {
      if (incoming.url === '/quick') answer = () => response.end('done')
    })
    const timeouts = { ...DEFAULT_TIMEOUTS, drainMs: 2_500 }
    await rig.serve([target(old.port)], { timeouts })
    const quick = visit(rig.port, { path: '/quick' })
    const stuck = visit(rig.port, { path: '/stuck' })
    await until(() => old.requests.length === 2)
    await rig.put(service({ timeouts, empty: 'stopped' }))
    expect((await visit(rig.port)).body).toMatch(/^H14 /)
    expect(rig.router.status().services[0]?.targets).toMatchObject([{ state: 'draining', inFlight: 2 }])
    const drained = rig.router.drained([`i-${old.port}`, 'never-seen'])
    answer()
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

test('a service that got the name of another gets nothing else of it', async () => {
  await using old = await Origin.start()
  await using young = await Origin.start((_request, response) => response.end('young'))
  await rig.serve([target(old.port)], { id: 'app_1' })
  const before = rig.router.table.named('app')
  await visit(rig.port)
  expect(before?.traffic.take()?.releases[1]?.requests).toBe(1)
  rig.router.pause('app', 5_000)
  const held = visit(rig.port)
  await until(() => before?.traffic.inFlight === 1)
  await rig.serve([target(young.port)], { id: 'app_2' })
  expect((await held).body).toMatch(/^H99 /)
  expect((await visit(rig.port)).body).toBe('young')
  expect(rig.router.table.named('app')).not.toBe(before)
  expect(rig.records.map(({ serviceId }) => serviceId)).toEqual(['app_1', 'app_1', 'app_2'])
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
