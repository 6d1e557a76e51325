import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EdgeSettings, ServiceRules } from '../contract/table.ts'
import { Origin } from '../testing/origin.ts'
import { binaryHeader } from '../testing/proxy-headers.ts'
import { HOST, Rig, service, target, turns, until } from '../testing/rig.ts'
import { keepAlive, sendRaw, visit } from '../testing/visitor.ts'
import { Edge } from './edge.ts'

describe('what trusted proxies say', () => {
  const edge = Edge.compile({ trustedProxies: ['10.0.0.0/8', '2001:db8::/32'], proxyProtocol: false }) as Edge
  const behind = (forwardedFor?: string, proto?: string) => edge.behind('10.0.0.1', forwardedFor, proto)

  test.each([
    [undefined, '10.0.0.1', '10.0.0.1'],
    ['192.0.2.1', '192.0.2.1', '192.0.2.1, 10.0.0.1'],
    ['1.1.1.1, 192.0.2.1', '192.0.2.1', '192.0.2.1, 10.0.0.1'],
    ['1.1.1.1, 192.0.2.1,10.0.0.2', '192.0.2.1', '192.0.2.1, 10.0.0.2, 10.0.0.1'],
    ['192.0.2.1, 2001:db8::5', '192.0.2.1', '192.0.2.1, 2001:db8::5, 10.0.0.1'],
    ['10.0.0.3, 10.0.0.2', '10.0.0.3', '10.0.0.3, 10.0.0.2, 10.0.0.1'],
    ['192.0.2.1:5000', '192.0.2.1', '192.0.2.1, 10.0.0.1'],
    ['[2001:DB9::1]:5000', '2001:db9::1', '2001:db9::1, 10.0.0.1'],
    ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.1, 10.0.0.1'],
    ['unknown', '10.0.0.1', '10.0.0.1'],
    ['192.0.2.1, _hidden', '10.0.0.1', '10.0.0.1'],
    ['192.0.2.1, ', '10.0.0.1', '10.0.0.1'],
    ['fe80::1%eth0', '10.0.0.1', '10.0.0.1'],
  ])('%j makes the client %s', (forwardedFor, address, chain) => {
    expect(behind(forwardedFor)).toMatchObject({ address, chain })
  })

  test('a protocol is believed if it is one of ours, the nearest one of several', () => {
    expect(behind(undefined, 'https').protocol).toBe('https')
    expect(behind(undefined, 'https, HTTP').protocol).toBe('http')
    for (const proto of [undefined, '', 'ftp', 'https;', 'on']) expect(behind(undefined, proto).protocol).toBeNull()
  })

  test('without trusted proxies there is no edge', () => {
    expect(Edge.compile(undefined)).toBeNull()
    expect(Edge.compile({ trustedProxies: [], proxyProtocol: true })).toBeNull()
  })
})

let rig: Rig
let app: Origin
beforeEach(async () => {
  rig = await Rig.start()
  app = await Origin.start()
})
afterEach(async () => {
  await rig[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

const serve = async (edge: EdgeSettings, rules: ServiceRules = {}) => {
  await rig.serve([target(app.port)])
  const tls = { mode: 'custom', redirect: false, hstsSeconds: 60 } as const
  await rig.router.put({ ...rig.table(service({ targets: [target(app.port)], rules, tls })), edge })
}
const seen = (at: number) => {
  const headers = app.requests.at(at)?.headers ?? {}
  return ['for', 'proto', 'port', 'host'].map((name) => headers[`x-forwarded-${name}`])
}
const said = { 'X-Forwarded-For': '6.6.6.6, 192.0.2.1', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'evil' }

describe('a trusted proxy', () => {
  const edge = { trustedProxies: ['127.0.0.1'], proxyProtocol: false }

  test('is believed who the client is and that it came by https; what is before that is dropped', async () => {
    await serve(edge)
    const answer = await visit(rig.port, { headers: said })
    expect(seen(0)).toEqual(['192.0.2.1, 127.0.0.1', 'https', '443', HOST])
    expect(answer.headers['strict-transport-security']).toBe('max-age=60')
    await until(() => rig.records.length === 1)
    expect(rig.records[0]).toMatchObject({ fwd: '192.0.2.1', protocol: 'https' })
  })

  test('speaks for another client with each request on one connection', async () => {
    await serve(edge, { allow: ['192.0.2.0/24'] })
    const agent = keepAlive()
    const statuses = []
    for (const address of ['192.0.2.1', '203.0.113.1', '192.0.2.2']) {
      statuses.push((await visit(rig.port, { agent, headers: { 'X-Forwarded-For': address } })).status)
    }
    statuses.push((await visit(rig.port, { agent })).status)
    agent.destroy()
    expect(statuses).toEqual([200, 403, 200, 403])
  })

  test('is believed no more as soon as the table says so, on open connections too', async () => {
    await serve(edge)
    const agent = keepAlive()
    await visit(rig.port, { agent, headers: said })
    await serve({ ...edge, trustedProxies: ['10.0.0.1'] })
    await visit(rig.port, { agent, headers: said })
    agent.destroy()
    expect(seen(1)).toEqual(['127.0.0.1', 'http', String(rig.port), HOST])
  })

  test('anybody else is not', async () => {
    await serve({ ...edge, trustedProxies: ['10.0.0.1'] }, { allow: ['192.0.2.1'] })
    expect((await visit(rig.port, { headers: said })).status).toBe(403)
  })
})

describe('the PROXY protocol', () => {
  const edge = { trustedProxies: ['127.0.0.1', '192.0.2.77'], proxyProtocol: true }
  const get = `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n`
  const line = (address: string) => `PROXY TCP4 ${address} 127.0.0.1 5000 80\r\n`

  test.each([
    ['in a line', line('192.0.2.1')],
    ['in binary', binaryHeader('192.0.2.1').toString('latin1')],
  ])('says %s who the client is, whom nobody else can invent', async (_name, header) => {
    await serve(edge)
    expect(await sendRaw(rig.port, `${header}${get}X-Forwarded-For: 6.6.6.6\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 /)
    expect(seen(0)[0]).toBe('192.0.2.1')
  })

  test('goes together with headers, where the client that it names is a trusted proxy', async () => {
    await serve(edge)
    await sendRaw(rig.port, `${line('192.0.2.77')}${get}X-Forwarded-For: 6.6.6.6, 203.0.113.5\r\n\r\n`)
    expect(seen(0)[0]).toBe('203.0.113.5, 192.0.2.77')
  })

  test('may come in drops, and with much behind it', async () => {
    await serve(edge)
    const bytes = `${line('192.0.2.1')}${get}\r\n`
    const socket = connect(rig.port, '127.0.0.1')
      .on('error', () => {})
      .setNoDelay(true)
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    for (let at = 0; at < bytes.length; at += 7) {
      socket.write(bytes.slice(at, at + 7))
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await until(() => answer.startsWith('HTTP/1.1 200 '))
    const upload = `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 300000\r\nConnection: close\r\n\r\n${'x'.repeat(300_000)}`
    app.server.prependListener('request', (request) => request.resume())
    expect(await sendRaw(rig.port, line('192.0.2.1') + upload)).toMatch(/^HTTP\/1.1 200 /)
  })

  test('is owed by every trusted peer: without it there is no answer', async () => {
    await serve(edge)
    for (const bytes of [
      `${get}\r\n`,
      `PROXY TCP4 x\r\n${get}\r\n`,
      `${'\r\n\r\n\0\r\nQUIT\n'}\x31${'x'.repeat(20)}`,
    ]) {
      expect(await sendRaw(rig.port, bytes)).toBe('')
    }
    expect(app.requests).toHaveLength(0)
  })

  test('that has only begun when the router stops is waited for', async () => {
    await serve(edge)
    const whole = `${line('192.0.2.1')}${get}\r\n`
    const socket = connect(rig.port, '127.0.0.1').on('error', () => {})
    socket.write(whole.slice(0, 10))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    await until(() => socket.bytesWritten === 10)
    await turns()
    const stopped = rig.plane.stop(5_000)
    socket.write(whole.slice(10))
    await stopped
    await until(() => answer !== '')
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
  })

  test('is no business of anybody else, who is served without it and refused with it', async () => {
    await serve({ ...edge, trustedProxies: ['10.0.0.1'] })
    expect(await sendRaw(rig.port, `${line('192.0.2.1')}${get}\r\n`)).toMatch(/^HTTP\/1.1 400 /)
    expect((await visit(rig.port)).status).toBe(200)
    expect(seen(0)[0]).toBe('127.0.0.1')
  })
})
