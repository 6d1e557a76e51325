import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DEFAULT_TIMEOUTS, type ServiceRules } from '../contract/table.ts'
import { Origin } from '../testing/origin.ts'
import { HOST, Rig, service, target, turns, until } from '../testing/rig.ts'
import { type Answer, visit } from '../testing/visitor.ts'

let rig: Rig
let apps: Origin[]
/** Answers that are held back, the oldest first. */
let held: (() => void)[]
beforeEach(async () => {
  rig = await Rig.start()
  held = []
  apps = await Promise.all(
    [0, 1, 2].map((name) =>
      Origin.start((request, response) => {
        const answer = () => response.end(String(name))
        if (request.url?.startsWith('/hold')) held.push(answer)
        else answer()
      }),
    ),
  )
})
afterEach(async () => {
  for (const part of [rig, ...apps]) await part[Symbol.asyncDispose]()
})

const port = (at: number) => apps[at]?.port ?? 0
const cookieOf = ({ headers }: Answer) => headers['set-cookie']?.map((line) => line.split(';')[0]).join('; ')
const ask = (cookie?: string, path = '/') => visit(rig.port, { path, ...(cookie ? { headers: { cookie } } : {}) })
const many = (count: number, cookie?: string) => Promise.all(Array.from({ length: count }, () => ask(cookie)))
const bodies = (answers: Answer[]) => new Set(answers.map(({ body }) => body))

describe('a sticky service', () => {
  const rules: ServiceRules = { sticky: true }
  const serve = (...at: number[]) =>
    rig.serve(
      at.map((one) => target(port(one))),
      { rules },
    )

  test('keeps a visitor with one instance, by a cookie that leads nowhere', async () => {
    await serve(0, 1)
    const first = await ask()
    expect(first.headers['set-cookie']?.[0]).toMatch(/^paas_sticky=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax$/)
    const again = await many(20, `a=b; ${cookieOf(first)}; c=d`)
    expect(bodies(again)).toEqual(new Set([first.body]))
    expect(again.every(({ headers }) => headers['set-cookie'] === undefined)).toBe(true)
    expect(bodies(await many(40))).toEqual(new Set(['0', '1']))
  })

  test('finds him another one when his is out of reach or gone, and keeps him there', async () => {
    await serve(0, 1)
    const first = await ask()
    await serve(first.body === '0' ? 1 : 0, 2)
    const second = await ask(cookieOf(first))
    expect(second.body).not.toBe(first.body)
    expect(cookieOf(second)).toBeDefined()
    expect(bodies(await many(10, cookieOf(second)))).toEqual(new Set([second.body]))
  })

  test('keeps him over a change of the table that leaves his instance', async () => {
    await serve(0, 1)
    const first = await ask()
    await serve(1, 2, 0)
    expect(bodies(await many(10, cookieOf(first)))).toEqual(new Set([first.body]))
  })

  test('takes any nonsense in its cookie for nothing', async () => {
    await serve(0, 1)
    for (const cookie of ['paas_sticky=', 'paas_sticky=x', 'paas_sticky', '=;;=', 'xpaas_sticky=1']) {
      expect(cookieOf(await ask(cookie))).toMatch(/^paas_sticky=/)
    }
  })

  test('has cookies of its own for a part of somebody else’s host', async () => {
    const paths = [{ host: HOST, prefix: '/api', strip: true }]
    await rig.put(
      service({ name: 'web' }),
      service({ name: 'api', hosts: [], paths, rules, targets: [target(port(0))] }),
    )
    expect((await ask(undefined, '/api/x')).headers['set-cookie']?.[0]).toMatch(/; Path=\/api; /)
  })

  test('says it to a WebSocket as well', async () => {
    apps[0]?.server.on('upgrade', (_request, socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    )
    await serve(0)
    const socket = connect(rig.port, '127.0.0.1').on('error', () => {})
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
    await until(() => text.includes('\r\n\r\n'))
    socket.destroy()
    expect(text).toMatch(/^HTTP\/1.1 101 [\s\S]*Set-Cookie: paas_sticky=/)
  })
})

describe('a canary', () => {
  const serve = (percent: number, more: ServiceRules = {}) =>
    rig.serve([target(port(0)), { ...target(port(1)), release: 2 }], {
      rules: { canary: { release: 2, percent }, ...more },
    })

  test('gets its share of the visitors', async () => {
    await serve(30)
    const got = await many(600)
    const share = got.filter(({ body }) => body === '1').length / got.length
    // Five standard deviations.
    expect(share).toBeGreaterThan(0.3 - 5 * 0.0187)
    expect(share).toBeLessThan(0.3 + 5 * 0.0187)
  })

  test('keeps each visitor with the release that he got', async () => {
    await serve(50)
    for (let count = 0; count < 8; count += 1) {
      const first = await ask()
      expect(first.headers['set-cookie']?.[0]).toMatch(/^paas_canary=2\.\d+; Path=\/; HttpOnly; SameSite=Lax$/)
      expect(bodies(await many(10, cookieOf(first)))).toEqual(new Set([first.body]))
    }
  })

  test('of 0 % gets nobody, of 100 % everybody, whatever their cookies say', async () => {
    await serve(0)
    const before = await many(20)
    expect(bodies(before)).toEqual(new Set(['0']))
    await serve(100)
    for (const answer of before) expect((await ask(cookieOf(answer))).body).toBe('1')
  })

  test('that grows takes nobody back', async () => {
    await serve(40)
    const before = await many(60)
    await serve(80)
    for (const answer of before.filter(({ body }) => body === '1')) expect((await ask(cookieOf(answer))).body).toBe('1')
  })

  test.each([
    [100, 1, '0'],
    [0, 0, '1'],
  ])('of %i %% whose visitors would find nobody gives them to the others', async (percent, gone, others) => {
    await serve(percent)
    await apps[gone]?.[Symbol.asyncDispose]()
    expect(bodies(await many(10))).toEqual(new Set([others]))
  })

  test('goes together with sticky instances', async () => {
    await serve(50, { sticky: true })
    const first = await ask()
    expect(cookieOf(first)).toMatch(/^paas_sticky=[\w-]+; paas_canary=2\.\d+$/)
    expect(bodies(await many(10, cookieOf(first)))).toEqual(new Set([first.body]))
  })

  test('that nobody deployed costs nobody a cookie', async () => {
    await rig.serve([target(port(0))], { rules: { canary: { release: 9, percent: 50 } } })
    expect(cookieOf(await ask())).toBeUndefined()
  })
})

describe('a limit of requests in flight', () => {
  const serve = (queue: number, at = [0], more: ServiceRules = {}) =>
    rig.serve(
      at.map((one) => target(port(one))),
      { rules: { concurrency: { perTarget: 1, queue }, ...more } },
    )
  const inFlight = () => rig.router.status().services[0]?.targets.map((one) => one.inFlight)

  test('lets so many through to each target, holds some more, and refuses the rest with H11', async () => {
    await serve(1, [0, 1])
    const waiting = Array.from({ length: 4 }, () => ask(undefined, '/hold'))
    await until(() => held.length === 2)
    await turns()
    expect(inFlight()).toEqual([1, 1])
    const refused = await ask()
    expect(refused.status).toBe(503)
    expect(refused.body).toMatch(/^H11 /)
    expect(rig.records.at(-1)).toMatchObject({ code: 'H11', status: 503, instance: '' })
    while (held.length > 0) {
      held.shift()?.()
      await turns()
    }
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(inFlight()).toEqual([0, 0])
  })

  test('serves those who wait in the order of their arrival', async () => {
    await serve(10)
    const done: number[] = []
    const waiting: Promise<unknown>[] = []
    for (let count = 0; count < 6; count += 1) {
      waiting.push(ask(undefined, `/hold${count}`).then(() => done.push(count)))
      await turns()
    }
    for (let count = 0; count < 6; count += 1) {
      await until(() => held.length === 1)
      held.shift()?.()
      await until(() => done.length === count + 1)
    }
    await Promise.all(waiting)
    expect(done).toEqual([0, 1, 2, 3, 4, 5])
    expect(apps[0]?.requests.map(({ url }) => url)).toEqual([0, 1, 2, 3, 4, 5].map((count) => `/hold${count}`))
  })

  test('whoever leaves the line is out of it, and his place is free', async () => {
    await serve(1)
    const first = ask(undefined, '/hold')
    await until(() => held.length === 1)
    const socket = connect(rig.port, '127.0.0.1').on('error', () => {})
    socket.write(`GET /left HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
    await turns()
    expect((await ask()).body).toMatch(/^H11 /)
    socket.destroy()
    await until(() => rig.records.some(({ code }) => code === 'H27'))
    const second = ask(undefined, '/second')
    await turns()
    held.shift()?.()
    expect((await Promise.all([first, second])).map(({ status }) => status)).toEqual([200, 200])
    expect(apps[0]?.requests.map(({ url }) => url)).toEqual(['/hold', '/second'])
    expect(inFlight()).toEqual([0])
  })

  test('a new target is for those who wait', async () => {
    await serve(5)
    const waiting = [ask(undefined, '/hold'), ask(undefined, '/hold')]
    await until(() => held.length === 1)
    await serve(5, [0, 1])
    await until(() => held.length === 2)
    for (const answer of held) answer()
    await Promise.all(waiting)
  })

  test('those who wait hear of maintenance, and of an end of their patience', async () => {
    const timeouts = { ...DEFAULT_TIMEOUTS, firstByteMs: 600 }
    const rules = { concurrency: { perTarget: 1, queue: 5 } }
    const targets = [target(port(0))]
    await rig.serve(targets, { rules })
    const first = ask(undefined, '/hold')
    await until(() => held.length === 1)
    const second = ask()
    await turns()
    await rig.put(service({ targets, rules, timeouts, maintenance: true }))
    expect((await second).body).toMatch(/^H80 /)
    await rig.put(service({ targets, rules, timeouts }))
    expect((await ask()).body).toMatch(/^H11 /)
    held[0]?.()
    expect((await first).status).toBe(200)
  })

  test('a sticky visitor waits for his instance while another one is free', async () => {
    await serve(5, [0, 1], { sticky: true })
    const mine = cookieOf(await ask())
    const first = ask(mine, '/hold')
    await until(() => held.length === 1)
    const second = ask(mine)
    await turns()
    const other = await ask()
    held.shift()?.()
    expect((await second).body).toBe((await first).body)
    expect(other.body).not.toBe((await first).body)
  })
})
