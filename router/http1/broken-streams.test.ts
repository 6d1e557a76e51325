import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DEFAULT_TIMEOUTS } from '../contract/table.ts'
import { Origin, RawOrigin } from '../testing/origin.ts'
import { HOST, Rig, service, target, until } from '../testing/rig.ts'
import { sendRaw, visit } from '../testing/visitor.ts'

const HEAD = 'HTTP/1.1 200 OK\r\n'
let rig: Rig
beforeEach(async () => {
  rig = await Rig.start()
})
afterEach(async () => {
  await rig[Symbol.asyncDispose]()
})

const get = (path = '/') => `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`

describe('an app that breaks off', () => {
  test.each([
    ['resets in the middle of its body', `${HEAD}Content-Length: 100\r\n\r\npart`],
    ['dies right after its head', `${HEAD}Content-Length: 100\r\n\r\n`],
    ['dies between two chunks', `${HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n`],
    ['sends a bad chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\nxyz\r\nmore\r\n0\r\n\r\n`],
    ['sends a chunk longer than it said', `${HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\nparts\r\n0\r\n\r\n`],
  ])('because it %s never makes a whole answer', async (_how, text) => {
    await using app = await RawOrigin.start((socket) => {
      socket.write(text)
      setTimeout(() => socket.resetAndDestroy(), 20)
    })
    await rig.serve([target(app.port)])
    const heard = await sendRaw(rig.port, get())
    // Cut, or a page of ours where nothing had been passed on: neither the last chunk nor the length that was announced.
    const status = await visit(rig.port).then(
      (answer) => answer.status,
      () => 'cut',
    )
    expect(['cut', 503]).toContain(status)
    if (heard.startsWith('HTTP/1.1 200')) {
      expect(heard).not.toMatch(/0\r\n\r\n$/)
      expect(heard.split('\r\n\r\n').slice(1).join('').length).toBeLessThan(100)
    } else expect(heard).toMatch(/^HTTP\/1\.1 503 [\s\S]*H17 /)
    await until(() => rig.records.length === 2)
    expect(rig.records.every(({ code }) => code === 'H18' || code === 'H17')).toBe(true)
  })

  test('within its head gets nothing of it to the client', async () => {
    await using app = await RawOrigin.start((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Le'))
    await rig.serve([target(app.port)])
    expect((await visit(rig.port, { method: 'POST' })).body).toMatch(/^H1[37] /)
  })
})

test('a body of a few bytes a second passes, for it never stops', async () => {
  await using app = await RawOrigin.start((socket) => {
    socket.write(`${HEAD}Content-Length: 12\r\n\r\n`)
    let sent = 0
    const timer = setInterval(() => (++sent > 12 ? clearInterval(timer) : socket.write('x')), 250)
  })
  await rig.serve([target(app.port)], { timeouts: { ...DEFAULT_TIMEOUTS, idleMs: 2_000 } })
  expect((await visit(rig.port)).body).toBe('x'.repeat(12))
})

describe('a client that leaves', () => {
  const canceledWithin = async (app: Origin, leave: () => void) => {
    const [incoming] = app.requests
    const closed = new Promise<void>((resolve) => incoming?.socket.once('close', () => resolve()))
    const began = Date.now()
    leave()
    await closed
    return Date.now() - began
  }

  test('during its upload cancels the request at the app within a second, and counts as 499', async () => {
    await using app = await Origin.start((incoming) => void incoming.on('error', () => {}).resume())
    await rig.serve([target(app.port)])
    const headers = { host: HOST, 'content-length': 1_000_000 }
    const outgoing = request({ host: '127.0.0.1', port: rig.port, method: 'POST', agent: false, headers })
    outgoing.on('error', () => {})
    outgoing.write('part')
    await until(() => app.requests.length === 1)
    expect(await canceledWithin(app, () => outgoing.destroy())).toBeLessThan(1_000)
    await until(() => rig.records.length === 1)
    expect(rig.records[0]).toMatchObject({ status: 499 })
    expect(app.requests[0]?.complete).toBe(false)
  })

  test('during its download does so as well, and an app that sends for ever stops', async () => {
    await using app = await Origin.start((_incoming, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('error', () => {}).on('drain', more)
      more()
    })
    await rig.serve([target(app.port)])
    const socket = connect(rig.port, '127.0.0.1')
    socket.on('error', () => {}).write(get())
    await once(socket, 'data')
    expect(await canceledWithin(app, () => socket.destroy())).toBeLessThan(1_000)
    await until(() => rig.records.length === 1)
    expect(rig.records[0]).toMatchObject({ status: 499 })
    expect(rig.router.status().services[0]?.targets[0]?.inFlight).toBe(0)
  })
})

describe('a host', () => {
  test.each([
    ['that is unknown', 'stranger.test', 404],
    ['that is an address', '127.0.0.1', 404],
    ['that is an address of version 6', '[::1]:80', 404],
    ['that is empty', '', 400],
    ['in capitals', HOST.toUpperCase(), 200],
    ['with a dot at its end', `${HOST}.`, 200],
    ['with two dots at its end', `${HOST}..`, 400],
    ['with a port', `${HOST}:8080`, 200],
    ['with a port that is none', `${HOST}:80a`, 400],
    ['in the letters of its language', 'b\xfccher.test', 400],
    ['in punycode that nobody has', 'xn--bcher-kva.test', 404],
    ['with a user', `user@${HOST}`, 400],
    ['with a user and password', `user:pass@${HOST}`, 400],
    ['in percent encoding', 'app%2etest', 400],
    ['with a blank', `${HOST} x`, 400],
    ['in a list', `${HOST}, stranger.test`, 400],
    ['with the known one below it', `${HOST}.stranger.test`, 404],
    ['below the known one', `below.${HOST}`, 404],
  ])('%s: "%s" is %i, and never another app', async (_name, host, status) => {
    await using app = await Origin.start()
    await using other = await Origin.start()
    await rig.put(spec(HOST, app.port), spec('other.test', other.port))
    const answer = await sendRaw(rig.port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect([app.requests.length, other.requests.length]).toEqual([status === 200 ? 1 : 0, 0])
  })
})

function spec(host: string, port: number) {
  return service({ name: host, hosts: [host], targets: [target(port)] })
}
