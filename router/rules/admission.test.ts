import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ServiceRules } from '../contract/table.ts'
import { Origin } from '../testing/origin.ts'
import { basic, hashOf } from '../testing/password.ts'
import { HOST, Rig, service, target, until } from '../testing/rig.ts'
import { keepAlive, sendRaw, visit } from '../testing/visitor.ts'

let rig: Rig
let app: Origin
beforeEach(async () => {
  rig = await Rig.start()
  app = await Origin.start((request, response) => request.resume().on('end', () => response.end('hello')))
})
afterEach(async () => {
  await rig[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

const serve = (rules: ServiceRules) => rig.serve([target(app.port)], { rules })

describe('the allow list', () => {
  test('lets its addresses in and refuses all others with 403, before the app hears of it', async () => {
    await serve({ allow: ['127.0.0.0/8'] })
    expect((await visit(rig.port)).status).toBe(200)
    await serve({ allow: ['10.0.0.0/8', '::1'] })
    const answer = await visit(rig.port, { headers: { 'X-Forwarded-For': '10.0.0.1' } })
    expect(answer.status).toBe(403)
    expect(answer.headers['x-request-id']).toBeDefined()
    expect(app.requests).toHaveLength(1)
    await until(() => rig.records.length === 2)
    expect(rig.records[1]).toMatchObject({ status: 403, instance: '', service: 'app' })
  })

  test('an upgrade that is refused gets its answer and the connection ends', async () => {
    await serve({ allow: [] })
    const head = `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`
    expect(await sendRaw(rig.port, head)).toMatch(/^HTTP\/1.1 403 [\s\S]*Connection: close/)
  })
})

describe('the rate limit', () => {
  test('answers 429 with the seconds to wait, on a connection that goes on', async () => {
    await serve({ rateLimit: { perSecond: 0.01, burst: 2 } })
    const agent = keepAlive()
    const answers = []
    for (let count = 0; count < 4; count += 1) answers.push(await visit(rig.port, { agent }))
    agent.destroy()
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 429])
    expect(Number(answers[3]?.headers['retry-after'])).toBeGreaterThan(90)
    expect(app.requests).toHaveLength(2)
  })

  test('goes on counting over a deploy, and starts afresh with another limit', async () => {
    const rateLimit = { perSecond: 0.01, burst: 1 }
    await serve({ rateLimit })
    expect((await visit(rig.port)).status).toBe(200)
    await serve({ rateLimit, compress: false })
    expect((await visit(rig.port)).status).toBe(429)
    await serve({ rateLimit: { ...rateLimit, burst: 2 } })
    expect((await visit(rig.port)).status).toBe(200)
  })
})

describe('the canonical host', () => {
  test('is where requests for other hosts are sent, with path, query and port; 308 keeps the method', async () => {
    await rig.put(
      service({ hosts: [HOST, 'www.app.test'], rules: { canonicalHost: HOST }, targets: [target(app.port)] }),
    )
    const get = await visit(rig.port, { host: `www.app.test:${rig.port}`, path: '//a/../b?c=%2F' })
    expect(get).toMatchObject({ status: 301, headers: { location: `http://${HOST}:${rig.port}//a/../b?c=%2F` } })
    const post = await visit(rig.port, { host: 'WWW.app.test', method: 'POST', body: 'x' })
    expect(post).toMatchObject({ status: 308, headers: { location: `http://${HOST}/` } })
    expect((await visit(rig.port)).status).toBe(200)
    expect(app.requests).toHaveLength(1)
  })
})

describe('the body limit', () => {
  const limit = { maxBodyBytes: 10 }

  test('lets through what fits exactly, by length and in chunks', async () => {
    await serve(limit)
    const headers = { 'Transfer-Encoding': 'chunked' }
    expect((await visit(rig.port, { method: 'POST', body: '0123456789' })).status).toBe(200)
    expect((await visit(rig.port, { method: 'POST', body: '0123456789', headers })).status).toBe(200)
  })

  test('refuses an announced length at once, and does not ask for the body', async () => {
    await serve(limit)
    const head = `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n`
    expect(await sendRaw(rig.port, head)).toMatch(/^HTTP\/1.1 413 [\s\S]*Connection: close/)
    expect(app.requests).toHaveLength(0)
  })

  test('the answer is read by a client that sends on and on', async () => {
    await serve(limit)
    const head = `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 3000000\r\n\r\n`
    expect(await sendRaw(rig.port, head + 'x'.repeat(300_000))).toMatch(/^HTTP\/1.1 413 /)
  })

  test('refuses a chunked body as soon as it is over the limit, and the app never has it whole', async () => {
    await serve(limit)
    const whole: boolean[] = []
    app.server.on('request', (request) => request.on('close', () => whole.push(request.complete)).on('error', () => {}))
    const socket = connect(rig.port, '127.0.0.1').on('error', () => {})
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.write(`POST / HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n`)
    await until(() => app.requests.length === 1)
    socket.write('6\r\n567890\r\n')
    await until(() => answer !== '' && whole.length === 1)
    socket.destroy()
    expect(answer).toMatch(/^HTTP\/1.1 413 [\s\S]*Connection: close/)
    expect(whole).toEqual([false])
  })

  test('a chunked body that comes over the limit with its head never reaches the app', async () => {
    await serve(limit)
    const bytes = `POST / HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n`
    expect(await sendRaw(rig.port, `${bytes}GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 413 [\s\S]*HTTP\/1.1 200 /,
    )
    expect(app.requests.map(({ method }) => method)).toEqual(['GET'])
  })
})

describe('basic authentication', () => {
  const users = [{ name: 'ann', hash: hashOf('correct horse') }]
  const ask = (authorization?: string, options = {}) =>
    visit(rig.port, { headers: authorization === undefined ? {} : { authorization }, ...options })

  test('asks for a name and password, lets the right ones in, and the app sees them too', async () => {
    await serve({ basicAuth: { realm: 'Only us', users } })
    const asked = await ask()
    expect(asked.status).toBe(401)
    expect(asked.headers['www-authenticate']).toBe('Basic realm="Only us", charset="UTF-8"')
    const right = basic('ann', 'correct horse')
    for (let count = 0; count < 3; count += 1) expect((await ask(right)).status).toBe(200)
    expect(app.requests.map(({ headers }) => headers.authorization)).toEqual([right, right, right])
  })

  test.each([
    ['a wrong password', basic('ann', 'wrong')],
    ['an unknown name', basic('bob', 'correct horse')],
    ['an empty password', basic('ann', '')],
    ['no colon', `Basic ${Buffer.from('ann').toString('base64')}`],
    ['another scheme', 'Bearer abc'],
    ['what is no base64', 'Basic !!!'],
    ['nothing', ''],
  ])('%s is 401', async (_name, authorization) => {
    await serve({ basicAuth: { realm: 'r', users } })
    expect((await ask(authorization)).status).toBe(401)
    expect(app.requests).toHaveLength(0)
  })

  test('two Authorization headers are no way in', async () => {
    await serve({ basicAuth: { realm: 'r', users } })
    const lines = ['wrong', 'correct horse'].map((password) => `Authorization: ${basic('ann', password)}\r\n`).join('')
    const answer = await sendRaw(rig.port, `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n${lines}\r\n`)
    expect(answer).toMatch(/^HTTP\/1.1 401 /)
  })

  test('an upload waits for the check and then arrives whole; one that is refused never does', async () => {
    await serve({ basicAuth: { realm: 'r', users: [{ name: 'ann', hash: hashOf('x', 16_384) }] } })
    const upload = { method: 'POST', body: 'y'.repeat(500_000) }
    let bytes = 0
    app.server.on('request', (request) => request.on('data', (chunk) => (bytes += chunk.length)))
    expect((await ask(basic('ann', 'x'), upload)).status).toBe(200)
    expect(bytes).toBe(500_000)
    expect((await ask(basic('ann', 'z'), { method: 'POST', body: 'short' })).status).toBe(401)
    expect(bytes).toBe(500_000)
  })

  test('a user who is taken off the list is out at once, whoever is remembered', async () => {
    const right = basic('ann', 'correct horse')
    await serve({ basicAuth: { realm: 'r', users } })
    expect((await ask(right)).status).toBe(200)
    await serve({ basicAuth: { realm: 'r', users: [{ name: 'bob', hash: hashOf('b') }] } })
    expect((await ask(right)).status).toBe(401)
  })

  test('whoever guesses many at a time is told to slow down, and the right password still gets in', async () => {
    // Dear enough that all have come before the first is checked.
    await serve({ basicAuth: { realm: 'r', users: [{ name: 'ann', hash: hashOf('x', 32_768) }] } })
    const guesses = Array.from({ length: 20 }, (_, count) => ask(basic('ann', `guess ${count}`)))
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([401, 429]))
    expect(statuses.filter((status) => status === 401)).toHaveLength(4)
    expect((await ask(basic('ann', 'x'))).status).toBe(200)
  })

  test('six connections with one password have it checked once', async () => {
    await serve({ basicAuth: { realm: 'r', users: [{ name: 'ann', hash: hashOf('x', 16_384) }] } })
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(basic('ann', 'x'))))
    expect(answers.map(({ status }) => status)).toEqual(new Array(6).fill(200))
  })

  test('a visitor who leaves during the check is counted as gone, and the app hears nothing', async () => {
    await serve({ basicAuth: { realm: 'r', users: [{ name: 'ann', hash: hashOf('x', 32_768) }] } })
    const socket = connect(rig.port, '127.0.0.1').on('error', () => {})
    socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: ${basic('ann', 'x')}\r\n\r\n`, () =>
      socket.destroy(),
    )
    await until(() => rig.records.length === 1)
    expect(rig.records[0]).toMatchObject({ status: 499, code: 'H27' })
    expect(app.requests).toHaveLength(0)
  })
})

describe('pages of the app’s own', () => {
  const pages = { error: '<h1>Sorry, ünïcode</h1>', maintenance: '<h1>Back soon</h1>' }
  const html = { headers: { accept: 'text/html' } }

  test('stand in for the router’s own, for whoever asks for HTML, with the request id in a header', async () => {
    await rig.put(service({ rules: { pages } }))
    const answer = await visit(rig.port, html)
    expect(answer).toMatchObject({
      status: 503,
      body: pages.error,
      headers: { 'content-type': 'text/html; charset=utf-8' },
    })
    expect(answer.headers['x-request-id']).toMatch(/^[\w-]{20,}$/)
    expect((await visit(rig.port)).body).toMatch(/^H81 /)
    await rig.put(service({ rules: { pages }, maintenance: true }))
    expect((await visit(rig.port, html)).body).toBe(pages.maintenance)
    expect((await visit(rig.port)).body).toMatch(/^H80 /)
  })

  test('an app without a page for maintenance shows the router’s, not that for errors', async () => {
    await rig.put(service({ rules: { pages: { error: pages.error } }, maintenance: true }))
    expect((await visit(rig.port, html)).body).toMatch(/H80/)
  })

  test('answers of the app itself are left alone', async () => {
    await rig.serve([target(app.port)], { rules: { pages } })
    app.server.prependListener('request', (_request, response) => {
      response.statusCode = 500
    })
    expect(await visit(rig.port, html)).toMatchObject({ status: 500, body: 'hello' })
  })
})
