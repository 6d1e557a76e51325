import { once } from 'node:events'
import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { DEFAULT_TIMEOUTS } from '../contract/table.ts'
import { Origin } from '../testing/origin.ts'
import { HOST, Rig, service, target, until } from '../testing/rig.ts'
import { sendRaw } from '../testing/visitor.ts'

let rig: Rig
let app: Origin
let sockets: WebSocketServer
beforeEach(async () => {
  rig = await Rig.start()
  app = await Origin.start()
  sockets = new WebSocketServer({ noServer: true })
  app.server.on('upgrade', (incoming, socket, head) => {
    if (incoming.url === '/no')
      return void socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\nWWW-Authenticate: x\r\n\r\nnope')
    sockets.handleUpgrade(incoming, socket, head, (ws) => ws.on('message', (data, binary) => ws.send(data, { binary })))
  })
})
afterEach(async () => {
  for (const ws of sockets.clients) ws.terminate()
  await rig[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

async function open(path = '/'): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${rig.port}${path}`, { headers: { host: HOST } })
  await once(ws, 'open')
  return ws
}

async function echo(ws: WebSocket, data: Buffer | string): Promise<string> {
  ws.send(data)
  const [message] = (await once(ws, 'message')) as [Buffer]
  return message.toString('latin1')
}

test('a WebSocket goes through with its messages, large ones too, and is recorded when it ends', async () => {
  await rig.serve([target(app.port)])
  const ws = await open()
  expect(await echo(ws, 'hello')).toBe('hello')
  const large = Buffer.alloc(300_000, 'x')
  expect((await echo(ws, large)).length).toBe(300_000)
  expect(rig.router.status().services[0]?.targets[0]?.inFlight).toBe(1)
  ws.close(1000)
  const [code] = await once(ws, 'close')
  expect(code).toBe(1000)
  await until(() => rig.records.length === 1)
  expect(rig.records[0]).toMatchObject({ status: 101, instance: 'web.1' })
  expect(rig.records[0]?.bytes).toBeGreaterThan(300_000)
})

test('an app that refuses the upgrade is heard', async () => {
  await rig.serve([target(app.port)])
  const ws = new WebSocket(`ws://127.0.0.1:${rig.port}/no`, { headers: { host: HOST } })
  ws.on('error', () => {})
  const [, response] = await once(ws, 'unexpected-response')
  expect(response.statusCode).toBe(401)
  response.resume()
  await until(() => rig.records.length === 1)
  expect(rig.records[0]).toMatchObject({ status: 401 })
})

test('other protocols are upgraded as well, with bytes that came along with the handshake', async () => {
  app.server.removeAllListeners('upgrade')
  app.server.on('upgrade', (incoming, socket: Duplex, head) => {
    expect(incoming.headers.upgrade).toBe('echo/1')
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\nwelcome ')
    socket.write(head)
    socket.on('data', (chunk) => socket.end(chunk))
  })
  await rig.serve([target(app.port)])
  const head = `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n`
  const answer = await sendRaw(rig.port, `${head}early`)
  expect(answer).toMatch(/^HTTP\/1.1 101 [\s\S]*\r\n\r\nwelcome early$/)
})

test('no target, an unknown host and a malformed request get a page instead', async () => {
  await rig.put(service({ empty: 'stopped' }))
  const ask = (host: string) =>
    sendRaw(rig.port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
  expect(await ask(HOST)).toMatch(/^HTTP\/1.1 503 [\s\S]*H14/)
  expect(await ask('other.test')).toMatch(/^HTTP\/1.1 404 /)
  expect(await ask('a@b')).toMatch(/^HTTP\/1.1 400 /)
})

test('a WebSocket outlives the swap, serves on while it drains, and is closed with 1012 at the limit', async () => {
  const timeouts = { ...DEFAULT_TIMEOUTS, drainMs: 10, websocketDrainMs: 1_500 }
  await rig.serve([target(app.port)], { timeouts })
  const ws = await open()
  expect(await echo(ws, 'before')).toBe('before')
  await using next = await Origin.start()
  await rig.serve([target(next.port)], { timeouts })
  const drained = rig.router.drained([`i-${app.port}`])
  expect(await echo(ws, 'while draining')).toBe('while draining')
  const [code] = await once(ws, 'close')
  expect(code).toBe(1012)
  expect(await drained).toEqual({ targets: [{ id: `i-${app.port}`, cut: 1 }] })
})

test('a WebSocket that says nothing for its idle time is closed', async () => {
  await rig.serve([target(app.port)], { timeouts: { ...DEFAULT_TIMEOUTS, websocketIdleMs: 300 } })
  const [code] = await once(await open(), 'close')
  expect(code).toBe(1012)
})

test('a client that vanishes frees the connection to the app', async () => {
  await rig.serve([target(app.port)])
  const ws = await open()
  await until(() => sockets.clients.size === 1)
  ws.terminate()
  await until(() => sockets.clients.size === 0 && rig.router.status().services[0]?.targets[0]?.inFlight === 0)
})

test('an upgrade that node:http would pass as plain, a POST, is forwarded as a plain request', async () => {
  await rig.serve([target(app.port)])
  const status = await new Promise((resolve) => {
    const headers = { host: HOST, connection: 'Upgrade', upgrade: 'websocket' }
    request({ host: '127.0.0.1', port: rig.port, method: 'POST', headers, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).end('body')
  })
  expect(status).toBe(200)
})
