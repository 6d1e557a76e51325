import { request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DEFAULT_TIMEOUTS } from '../contract/table.ts'
import { NO_ANSWERS } from '../own-answers.ts'
import { testIo } from '../testing/io.ts'
import { Origin, RawOrigin, StuckOrigin } from '../testing/origin.ts'
import { HOST, Rig, service, target, until } from '../testing/rig.ts'
import { sendRaw, visit } from '../testing/visitor.ts'
import { DataPlane } from './data-plane.ts'

let rig: Rig
beforeEach(async () => {
  rig = await Rig.start()
})
afterEach(async () => {
  await rig[Symbol.asyncDispose]()
})

describe('when something breaks', () => {
  test('a refused connection quarantines the target and another answers, also for a POST', async () => {
    await using app = await Origin.start()
    const gone = await Origin.start()
    await rig.serve([target(app.port), target(gone.port)])
    await gone[Symbol.asyncDispose]()
    for (let count = 0; count < 10; count++) {
      expect((await visit(rig.port, { method: 'POST', body: 'abc' })).status).toBe(200)
    }
    const states = rig.router.status().services[0]?.targets.map(({ state }) => state)
    expect(states).toEqual(['healthy', 'unhealthy'])
    expect(rig.records.every(({ code }) => code === undefined)).toBe(true)
  })

  test('when no target can be reached for long, that is H34, and the first to come back serves at once', async () => {
    await using impatient = await Rig.start({ limits: { bootMs: 2_000 } })
    const app = await Origin.start()
    await impatient.serve([target(app.port)])
    await app[Symbol.asyncDispose]()
    const answer = await visit(impatient.port, { headers: { accept: 'text/html' } })
    expect(answer.status).toBe(503)
    expect(answer.headers['content-type']).toMatch(/html/)
    expect(answer.body).toMatch(/H34/)
    expect(impatient.records.at(-1)).toMatchObject({ code: 'H34', desc: 'All instances quarantined', status: 503 })
    await using back = new Origin((_incoming, response) => response.end('back'))
    await new Promise<void>((resolve) => back.server.listen(app.port, '127.0.0.1', resolve))
    expect((await visit(impatient.port)).body).toBe('back')
    expect(impatient.router.status().services[0]?.targets[0]?.state).toBe('healthy')
  })

  test('while no target can be reached requests wait, uploads too, and go to the first that comes back', async () => {
    const app = await Origin.start()
    await rig.serve([target(app.port)])
    await app[Symbol.asyncDispose]()
    const waiting = [visit(rig.port), visit(rig.port, { method: 'POST', body: 'x'.repeat(200_000) })]
    await until(() => rig.router.status().services[0]?.targets[0]?.state === 'unhealthy')
    let bytes = 0
    await using back = new Origin((incoming, response) => {
      incoming.on('data', (chunk) => (bytes += chunk.length)).on('end', () => response.end('back'))
    })
    await new Promise<void>((resolve) => back.server.listen(app.port, '127.0.0.1', resolve))
    expect((await Promise.all(waiting)).map(({ body }) => body)).toEqual(['back', 'back'])
    expect(bytes).toBe(200_000)
  })

  test('requests that wait for an app to come back are told when the table says that it crashed', async () => {
    const app = await Origin.start()
    await rig.serve([target(app.port)])
    await app[Symbol.asyncDispose]()
    const waiting = visit(rig.port)
    await until(() => rig.router.status().services[0]?.targets[0]?.state === 'unhealthy')
    await rig.put(service({ empty: 'crashed' }))
    expect((await waiting).body).toMatch(/^H10 /)
  })

  test('a GET on a connection that breaks without an answer is repeated on another target, once', async () => {
    let broken = 0
    const breaks = () =>
      RawOrigin.start((socket) => {
        broken += 1
        socket.resetAndDestroy()
      })
    await using bad = await breaks()
    await using good = await Origin.start()
    await rig.serve([target(bad.port), target(good.port)])
    for (let count = 0; count < 20; count++) expect((await visit(rig.port)).status).toBe(200)
    expect(broken).toBeGreaterThan(0)
    await using worse = await breaks()
    await using worst = await breaks()
    await rig.serve([target(bad.port), target(worse.port), target(worst.port)])
    broken = 0
    expect((await visit(rig.port)).body).toMatch(/^H13 /)
    expect(broken).toBe(2)
  })

  test('a POST is never sent twice', async () => {
    let seen = 0
    await using bad = await RawOrigin.start((socket) => {
      seen += 1
      socket.destroy()
    })
    await using good = await RawOrigin.start((socket) => {
      seen += 1
      socket.destroy()
    })
    await rig.serve([target(bad.port), target(good.port)])
    expect((await visit(rig.port, { method: 'POST', body: 'pay' })).status).toBe(503)
    expect((await visit(rig.port, { method: 'POST' })).status).toBe(503)
    expect(seen).toBe(2)
    expect(rig.records.map(({ code }) => code)).toEqual(['H13', 'H13'])
  })

  test('an idle connection that the app closes is replaced without the client noticing', async () => {
    await using app = await RawOrigin.start((socket) => {
      const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
      socket.write(answer)
      socket.once('data', () => socket.resetAndDestroy())
    })
    await rig.serve([target(app.port)])
    for (let count = 0; count < 5; count++) expect((await visit(rig.port)).body).toBe('ok')
  })

  test('an answer that breaks off is cut, never completed: H18', async () => {
    await using app = await RawOrigin.start((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart')
      setTimeout(() => socket.destroy(), 20)
    })
    await rig.serve([target(app.port)])
    await expect(visit(rig.port)).rejects.toThrow(/aborted|hang up|reset/i)
    await until(() => rig.records.length === 1)
    expect(rig.records[0]).toMatchObject({ code: 'H18', bytes: 4 })
  })

  test.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a 101 that nobody asked for', 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
    ['a reason with control characters', 'HTTP/1.1 200 \x01\r\nContent-Length: 0\r\n\r\n'],
    ['a status that does not exist', 'HTTP/1.1 000 Zero\r\nContent-Length: 0\r\n\r\n'],
    ['both framings', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ])('an answer in bad HTTP is H17: %s', async (_name, text) => {
    await using app = await RawOrigin.start((socket) => socket.end(text))
    await rig.serve([target(app.port)])
    const answer = await visit(rig.port)
    expect(answer.status).toBe(503)
    expect(answer.body).toMatch(/^H17 /)
    const upgrade = `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: y\r\n\r\n`
    if (!text.includes(' 101 ') && !text.includes('\x01'))
      expect(await sendRaw(rig.port, upgrade)).toMatch(/^HTTP\/1.1 503 [\s\S]*H17/)
  })

  test('no first byte in time is H12, and no more bytes in time is H15', async () => {
    await using app = await Origin.start((incoming, response) => {
      if (incoming.url === '/idle') response.write('part')
    })
    await rig.serve([target(app.port)], { timeouts: { ...DEFAULT_TIMEOUTS, firstByteMs: 1_000, idleMs: 1_000 } })
    expect((await visit(rig.port)).body).toMatch(/^H12 /)
    await expect(visit(rig.port, { path: '/idle' })).rejects.toThrow()
    await until(() => rig.records.length === 2)
    expect(rig.records.map(({ code }) => code)).toEqual(['H12', 'H15'])
  })

  test('a client that stops sending its body, or reading its answer, is H28', async () => {
    await using app = await Origin.start((incoming, response) => {
      if (incoming.url === '/big') for (let count = 0; count < 300; count++) response.write(Buffer.alloc(100_000))
    })
    await rig.serve([target(app.port)], { timeouts: { ...DEFAULT_TIMEOUTS, firstByteMs: 1_500, idleMs: 1_500 } })
    await sendRaw(rig.port, `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 10\r\n\r\nabc`)
    const slow = connect(rig.port, '127.0.0.1')
    slow.on('error', () => {})
    slow.pause()
    slow.write(`GET /big HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
    await until(() => rig.records.length === 2)
    expect(rig.records.map(({ code, status }) => [code, status])).toEqual([
      ['H28', 499],
      ['H28', 499],
    ])
    slow.destroy()
  })

  test('a client that leaves cancels the request at the app and counts as 499', async () => {
    let canceled = false
    await using app = await Origin.start((_incoming, response) => {
      response.once('close', () => {
        canceled = true
      })
    })
    await rig.serve([target(app.port)])
    const outgoing = request({ host: '127.0.0.1', port: rig.port, agent: false, headers: { host: HOST } })
    outgoing.on('error', () => {})
    outgoing.end()
    await until(() => app.requests.length === 1)
    outgoing.destroy()
    await until(() => canceled && rig.records.length === 1)
    expect(rig.records[0]).toMatchObject({ status: 499, code: 'H27' })
    expect(rig.router.status().services[0]?.targets[0]?.inFlight).toBe(0)
  })

  test('a connection that does not come about in time ends the attempt, and the target is left alone', async () => {
    await using impatient = await Rig.start({ limits: { bootMs: 100 } })
    await using stuck = await StuckOrigin.start()
    await impatient.serve([target(stuck.port)], { timeouts: { ...DEFAULT_TIMEOUTS, connectMs: 80 } })
    await stuck.fill()
    expect((await visit(impatient.port)).body).toMatch(/^H34 /)
    await until(() => impatient.router.status().services[0]?.targets[0]?.state === 'unhealthy')
  })

  test('clients that drip their heads are cut off with 408, and others are served', async () => {
    await using app = await Origin.start()
    await rig.serve([target(app.port)])
    const plane = new DataPlane(rig.router, rig.accessLog, { headersMs: 1_000, checkEveryMs: 20 }, NO_ANSWERS, testIo)
    const port = await plane.listen({ host: '127.0.0.1', port: 0 })
    const dripping = Array.from({ length: 50 }, () => sendRaw(port, 'GET / HTTP/1.1\r\nHost: '))
    expect((await visit(port)).status).toBe(200)
    for (const answer of await Promise.all(dripping)) expect(answer).toMatch(/^HTTP\/1.1 408 /)
    await plane.stop(0)
  })
})
