import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ApiKit } from '../../test/api-kit.ts'

let kit: ApiKit
let token: string
beforeEach(async () => {
  kit = await ApiKit.start({ recheckMs: 10 })
  const shop = kit.apps.create({ user: kit.alice, scope: 'admin', via: 'api' }, 'shop')
  kit.users.create('bob', { boxOwner: false })
  kit.access.setMember(shop, 'bob', 'developer')
  token = kit.token('bob')
  const body = { command: ['sh'], tty: null, detached: false }
  expect((await kit.fetch('POST', '/apps/shop/runs', { token, body })).status).toBe(201)
})
afterEach(async () => {
  await kit[Symbol.asyncDispose]()
})

type ConnectOptions = { origin?: string; path?: string; headers?: Record<string, string> }

function connect(ticket = 'secret-ticket', { path, ...options }: ConnectOptions = {}): WebSocket {
  const address = kit.url.replace('http', 'ws') + (path ?? '/api/v1/runs/run_1/attach')
  return new WebSocket(address, ['paas.run.v1', `paas.ticket.${ticket}`], options)
}

/** Status of a connection that was refused. */
async function refused(socket: WebSocket): Promise<number> {
  socket.on('error', () => {})
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]
  socket.terminate()
  return response.statusCode
}

async function eventually(check: () => void): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return check()
    } catch (error) {
      if (tries === 2_000) throw error
      await delay(10)
    }
  }
}

test('what is typed goes in, what is printed comes out, and the exit code ends it', async () => {
  const socket = connect()
  const frames: string[] = []
  socket.on('message', (data, binary) =>
    frames.push(binary ? `${(data as Buffer)[0]}:${(data as Buffer).subarray(1)}` : String(data)),
  )
  await once(socket, 'open')
  expect(socket.protocol).toBe('paas.run.v1')
  socket.send(Buffer.from('\u0000hello\n'))
  const { handle } = kit.runs
  expect(String((await once(handle.stdin, 'data'))[0])).toBe('hello\n')
  handle.stdout.write('out')
  handle.stderr.write('err')
  await eventually(() => expect(frames).toHaveLength(2))
  handle.end(3)
  await once(socket, 'close')
  expect(frames.slice(0, 2).sort()).toEqual(['1:out', '2:err'])
  expect(frames[2]).toBe('{"type":"exit","code":3}')
  expect(handle.asked).toEqual([])
})

test('resize, signals and the end of input reach the run', async () => {
  const socket = connect()
  await once(socket, 'open')
  const { handle } = kit.runs
  handle.stdin.resume()
  for (const message of [
    { type: 'resize', columns: 90, rows: 20 },
    { type: 'signal', name: 'SIGINT' },
    { type: 'eof' },
  ])
    socket.send(JSON.stringify(message))
  await once(handle.stdin, 'end')
  expect(handle.asked).toEqual(['resize 90x20', 'SIGINT'])
  handle.end(0)
  await once(socket, 'close')
})

test('a run that a signal ended has the exit code of a shell', async () => {
  const socket = connect()
  const [frame] = await Promise.all([
    once(socket, 'message'),
    once(socket, 'open').then(() => kit.runs.handle.end(null, 'SIGTERM')),
  ])
  expect(String(frame[0])).toBe('{"type":"exit","code":143}')
})

test('a client that goes away takes the run with it', async () => {
  const socket = connect()
  await once(socket, 'open')
  socket.terminate()
  await eventually(() => expect(kit.runs.handle.asked).toEqual(['SIGHUP']))
  kit.runs.handle.end(null, 'SIGHUP')
})

test.each([
  ['whose token is revoked', () => kit.tokens.revoke(kit.users.get('bob').id, token.split('_').slice(1, 3).join('_'))],
  ['who becomes a viewer', () => kit.access.setMember(shop(), 'bob', 'viewer')],
  ['who is removed', () => kit.users.remove('bob')],
])('a user %s loses the terminal, and the run hangs up', async (_, takeAway) => {
  const socket = connect()
  await once(socket, 'open')
  const { handle } = kit.runs
  const closed = once(socket, 'close')
  takeAway()
  await eventually(() => expect(handle.asked).toEqual(['SIGHUP']))
  socket.send(Buffer.from('\u0000more\n'))
  const [code, reason] = (await closed) as [number, Buffer]
  expect([code, String(reason)]).toEqual([1008, 'The access that this terminal stands on was taken away.'])
  expect(handle.stdin.read()).toBeNull()
  handle.end(null, 'SIGHUP')
})

test('a client that is told to go and stays is cut off from the run at once', async () => {
  const socket = connect()
  await once(socket, 'open')
  socket.pause()
  kit.users.remove('bob')
  await eventually(() => expect(kit.runs.handle.asked).toEqual(['SIGHUP']))
  socket.send(Buffer.from('\u0000more\n'))
  await delay(50)
  expect(kit.runs.handle.stdin.read()).toBeNull()
  socket.terminate()
  kit.runs.handle.end(null, 'SIGHUP')
})

test('rights that go before the terminal is joined keep it closed, and end the run', async () => {
  kit.users.remove('bob')
  expect(await refused(connect())).toBe(403)
  await eventually(() => expect(kit.runs.handle.asked).toEqual(['SIGKILL']))
})

test('a terminal outlives the renaming of its app', async () => {
  const socket = connect()
  await once(socket, 'open')
  kit.apps.rename(shop().id, 'store')
  await delay(60)
  expect([socket.readyState, kit.runs.handle.asked]).toEqual([WebSocket.OPEN, []])
  kit.runs.handle.end(0)
  await once(socket, 'close')
})

test('large output arrives whole', async () => {
  const socket = connect()
  let bytes = 0
  socket.on('message', (data, binary) => {
    if (binary) bytes += (data as Buffer).length - 1
  })
  await once(socket, 'open')
  for (let n = 0; n < 40; n++) kit.runs.handle.stdout.write(Buffer.alloc(100_000, n))
  kit.runs.handle.end(0)
  await once(socket, 'close')
  expect(bytes).toBe(4_000_000)
})

test('a ticket opens once', async () => {
  const socket = connect()
  await once(socket, 'open')
  expect(await refused(connect())).toBe(403)
  kit.runs.handle.end(0)
  await once(socket, 'close')
})

test('without the right ticket, from another site or elsewhere nothing opens, and the ticket stays good', async () => {
  expect(await refused(connect('guess'))).toBe(403)
  expect(await refused(connect('secret-ticket', { origin: 'http://evil.test' }))).toBe(403)
  expect(await refused(connect('secret-ticket', { path: '/api/v1/runs/run_2/attach' }))).toBe(403)
  expect(await refused(connect('secret-ticket', { path: '/elsewhere' }))).toBe(404)
  expect(kit.runs.ticket).toBe('secret-ticket')
})

test('a ticket that a browser asked for is good in that browser, on a page of the console, alone', async () => {
  const { id } = kit.users.get('bob')
  const signedIn = () => kit.sessions.open(id, { device: 'a browser', address: '127.0.0.1' })
  const cookie = ({ secret }: { secret: string }) => ({ cookie: `paas-${new URL(kit.url).port}=${secret}` })
  const [own, other] = [signedIn(), signedIn()]
  const body = { command: ['sh'], tty: null, detached: false }
  const asked = { body, headers: { ...cookie(own), origin: kit.url } }
  expect((await kit.fetch('POST', '/apps/shop/runs', asked)).status).toBe(201)
  for (const options of [
    {},
    { headers: cookie(own) },
    { origin: kit.url },
    { origin: kit.url, headers: cookie(other) },
    { origin: 'http://evil.test', headers: cookie(own) },
  ])
    expect(await refused(connect('secret-ticket', options))).toBe(403)
  const socket = connect('secret-ticket', { origin: kit.url, headers: cookie(own) })
  await once(socket, 'open')
  const closed = once(socket, 'close')
  kit.sessions.end(id, own.id)
  expect((await closed)[0]).toBe(1008)
  kit.runs.handle.end(null, 'SIGHUP')
})

test('a frame that is none of the protocol closes the connection', async () => {
  const socket = connect()
  await once(socket, 'open')
  socket.send('{"type":"dance"}')
  const [code] = (await once(socket, 'close')) as [number]
  expect(code).toBe(1003)
  kit.runs.handle.end(0)
})

function shop() {
  return kit.apps.find('shop') ?? expect.unreachable('there is no shop')
}
