import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Origin } from '../testing/origin.ts'
import { HOST, Rig, service, target } from '../testing/rig.ts'
import { sendRaw, visit } from '../testing/visitor.ts'

let rig: Rig
let app: Origin
beforeAll(async () => {
  rig = await Rig.start()
  app = await Origin.start((incoming, response) => response.end(JSON.stringify(incoming.rawHeaders)))
  await rig.serve([target(app.port)], { hosts: [HOST, '*.wild.test'] })
})
afterAll(async () => {
  await rig[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

/** The status line of the answer to a head, sent byte for byte. */
async function status(lines: string[], body = ''): Promise<number> {
  const answer = await sendRaw(rig.port, `${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`)
  return Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1] ?? 0)
}

/** What the app saw, as name and value pairs in lower case names. */
async function seenBy(headers: Record<string, string | string[]>): Promise<[string, string][]> {
  const raw = JSON.parse((await visit(rig.port, { headers })).body) as string[]
  return raw.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1] ?? ''] as [string, string]] : []))
}

describe('a request is refused before it reaches an app', () => {
  const host = `Host: ${HOST}`
  test.each([
    ['two Host headers', ['GET / HTTP/1.1', host, 'Host: other.test'], ''],
    ['two equal Host headers', ['GET / HTTP/1.1', host, host], ''],
    ['no Host header', ['GET / HTTP/1.1'], ''],
    ['a Host with a user', ['GET / HTTP/1.1', `Host: ${HOST}@evil.test`], ''],
    ['a Host with a path', ['GET / HTTP/1.1', `Host: ${HOST}/../admin`], ''],
    ['a Host with a port that is no number', ['GET / HTTP/1.1', `${host}:abc`], ''],
    ['a Host with empty labels', ['GET / HTTP/1.1', 'Host: app..test'], ''],
    ['an absolute target that differs from Host', ['GET http://evil.test/ HTTP/1.1', host], ''],
    ['a target that is neither path nor URL', ['GET app.test:80 HTTP/1.1', host], ''],
    ['Transfer-Encoding on 1.0', ['POST / HTTP/1.0', host, 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    [
      'Content-Length and Transfer-Encoding',
      ['POST / HTTP/1.1', host, 'Content-Length: 5', 'Transfer-Encoding: chunked'],
      '0\r\n\r\n',
    ],
    ['two lengths', ['POST / HTTP/1.1', host, 'Content-Length: 1', 'Content-Length: 1'], 'x'],
    ['a length with a sign', ['POST / HTTP/1.1', host, 'Content-Length: +1'], 'x'],
    ['a chunk size with 0x', ['POST / HTTP/1.1', host, 'Transfer-Encoding: chunked'], '0x1\r\na\r\n0\r\n\r\n'],
    ['a folded header', ['GET / HTTP/1.1', host, 'X-A: a', ' b'], ''],
    ['a blank before the colon', ['GET / HTTP/1.1', host, 'X-A : a'], ''],
    ['Connection naming Host', ['GET / HTTP/1.1', host, 'Connection: Host'], ''],
    ['Connection naming Content-Length', ['GET / HTTP/1.1', host, 'Connection: content-length'], ''],
    [
      'an upgrade with a body',
      ['GET / HTTP/1.1', host, 'Connection: Upgrade', 'Upgrade: websocket', 'Content-Length: 3'],
      'abc',
    ],
  ])('%s', async (_name, lines, body) => {
    const before = app.requests.length
    expect(await status(lines, body)).toBe(400)
    expect(app.requests.length).toBe(before)
  })

  test('a request line of more than 8 KB', async () => {
    expect(await status([`GET /${'a'.repeat(8_100)} HTTP/1.1`, host])).toBe(200)
    expect(await status([`GET /${'a'.repeat(8_200)} HTTP/1.1`, host])).toBe(414)
  })

  test('a field of more than 16 KB, a head of more than 32 KB, or more than 200 fields', async () => {
    const fields = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: ${'a'.repeat(6_000)}`)
    expect(await status(['GET / HTTP/1.1', host, ...fields(2)])).toBe(200)
    expect(await status(['GET / HTTP/1.1', host, ...fields(6)])).toBe(431)
    expect(await status(['GET / HTTP/1.1', host, `X-A: ${'a'.repeat(17_000)}`])).toBe(431)
    expect(await status(['GET / HTTP/1.1', host, ...Array.from({ length: 201 }, () => 'A: b')])).toBe(431)
  })

  test('CONNECT, and an Expect that is not 100-continue', async () => {
    expect(await status([`CONNECT ${HOST}:443 HTTP/1.1`, host])).toBe(405)
    expect(await status(['GET / HTTP/1.1', host, 'Expect: magic'])).toBe(417)
  })
})

describe('routing', () => {
  test('takes the host without case, port and trailing dot, and an absolute target equal to it', async () => {
    for (const host of ['APP.test', 'app.test:8080', 'app.test.', 'a.wild.test']) {
      expect((await visit(rig.port, { host })).status).toBe(200)
    }
    expect(await status([`GET http://${HOST}/x HTTP/1.1`, `Host: ${HOST}`])).toBe(200)
    expect(app.requests.at(-1)?.url).toBe('/x')
  })

  test('answers 404 for a host nobody has: no product name, never another app', async () => {
    const before = app.requests.length
    for (const host of ['other.test', '127.0.0.1', '[::1]', 'a.b.wild.test', 'wild.test']) {
      const answer = await visit(rig.port, { host })
      expect(answer.status).toBe(404)
      expect(JSON.stringify(answer.headers) + answer.body).not.toMatch(/paas|node|express/i)
    }
    expect(app.requests.length).toBe(before)
  })
})

describe('headers on the way to the app', () => {
  test('say who the client is, whatever the client claims', async () => {
    const seen = await seenBy({
      'X-Forwarded-For': '1.1.1.1',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Prefix': '/admin',
      X_Forwarded_For: '2.2.2.2',
      Forwarded: 'for=3.3.3.3',
      'X-Real-IP': '4.4.4.4',
      'X-Request-Start': '1',
      'x-kept': 'yes',
    })
    const values = (name: string) => seen.filter(([key]) => key === name).map(([, value]) => value)
    expect(values('x-forwarded-for')).toEqual(['127.0.0.1'])
    expect(values('x-forwarded-proto')).toEqual(['http'])
    expect(values('x-forwarded-port')).toEqual([String(rig.port)])
    expect(values('x-forwarded-host')).toEqual([HOST])
    expect(Number(values('x-request-start')[0])).toBeGreaterThan(Date.now() - 5_000)
    expect(values('via')).toEqual(['1.1 router'])
    expect(values('x-kept')).toEqual(['yes'])
    expect(JSON.stringify(seen)).not.toMatch(/1\.1\.1\.1|2\.2\.2\.2|3\.3\.3\.3|4\.4\.4\.4|admin/)
  })

  test('lose hop-by-hop fields and those that Connection names, but never ours', async () => {
    const seen = await seenBy({ Connection: 'close, X-Secret, X-Forwarded-For', 'X-Secret': 'a', 'Keep-Alive': 'b' })
    const names = seen.map(([name]) => name)
    expect(names).not.toContain('x-secret')
    expect(names).not.toContain('keep-alive')
    expect(names).toContain('x-forwarded-for')
  })

  test('keep a well-formed request id and replace any other', async () => {
    const idOf = async (id: string) =>
      (await seenBy({ 'X-Request-Id': id })).find(([name]) => name === 'x-request-id')?.[1]
    expect(await idOf('0123456789abcdef0123')).toBe('0123456789abcdef0123')
    expect(await idOf('short')).toMatch(/^[0-9a-f]{32}$/)
    expect(await idOf('x'.repeat(300))).toMatch(/^[0-9a-f]{32}$/)
  })

  test('lose an upgrade to h2c, and the request goes through without it', async () => {
    const seen = await seenBy({ Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABk' })
    expect(seen.map(([name]) => name)).not.toContain('upgrade')
  })
})

describe('a service without targets says why', () => {
  test.each([
    ['blank', 'H81'],
    ['stopped', 'H14'],
    ['crashed', 'H10'],
  ] as const)('%s: %s', async (empty, code) => {
    await using alone = await Rig.start()
    await alone.put(service({ empty }))
    const plain = await visit(alone.port)
    expect(plain).toMatchObject({ status: 503, headers: { 'content-type': 'text/plain; charset=utf-8' } })
    expect(plain.body.startsWith(`${code} `)).toBe(true)
    const html = await visit(alone.port, { headers: { accept: 'text/html,*/*' } })
    expect(html.body).toMatch(new RegExp(`<!doctype html>[\\s\\S]*${code}`))
    expect(alone.records.map((record) => record.code)).toEqual([code, code])
  })

  test('maintenance covers everything with H80, also where targets are healthy', async () => {
    await using alone = await Rig.start()
    await alone.serve([target(app.port)], { maintenance: true })
    expect((await visit(alone.port)).body).toMatch(/^H80 /)
  })
})
