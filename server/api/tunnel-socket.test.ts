import { once } from 'node:events'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { PaasError } from '../errors.ts'
import { createLog } from '../log.ts'
import { TunnelSocket } from './tunnel-socket.ts'

const MB = 1024 * 1024

let http: HttpServer
let addon: Server
let inside: Socket[]
let allowed: boolean
let down: boolean
beforeEach(async () => {
  ;[inside, allowed, down] = [[], true, false]
  addon = createServer((socket) => inside.push(socket.on('error', () => undefined)))
  http = createHttpServer()
  for (const server of [addon, http]) await once(server.listen(0, '127.0.0.1'), 'listening')
  const tunnels = {
    find: (id: string, ticket: string) => (id === 'tun_1' && ticket === 'right' ? () => allowed : undefined),
    connect: async () => {
      if (down) throw new PaasError('unavailable', 'addon.down', 'It is down.')
      const socket = connect((addon.address() as AddressInfo).port, '127.0.0.1')
      await once(socket, 'connect')
      return socket
    },
  }
  const sockets = new TunnelSocket({ tunnels, log: createLog('test', 'error', () => undefined), recheckMs: 10 })
  http.on('upgrade', (request, stream, head) => void sockets.upgrade(request, stream, head))
})
afterEach(async () => {
  for (const socket of inside) socket.destroy()
  http.closeAllConnections()
  for (const server of [addon, http]) server.close()
})

function join({ ticket = 'right', id = 'tun_1', origin = '' } = {}): WebSocket {
  const { port } = http.address() as AddressInfo
  const address = `ws://127.0.0.1:${port}/api/v1/tunnels/${id}/connect`
  return new WebSocket(address, ['paas.tunnel.v1', `paas.ticket.${ticket}`], origin ? { origin } : {})
}

async function joined(): Promise<{ outer: WebSocket; inner: Socket }> {
  const before = inside.length
  const outer = join()
  await once(outer, 'open')
  await expect.poll(() => inside.length).toBeGreaterThan(before)
  return { outer, inner: inside.at(-1) ?? expect.unreachable() }
}

test('bytes go both ways as they are, and the end of either side ends the other', async () => {
  const { outer, inner } = await joined()
  outer.send(Buffer.from('to the addon'))
  expect(String((await once(inner, 'data'))[0])).toBe('to the addon')
  inner.write('to the client')
  expect(String((await once(outer, 'message'))[0])).toBe('to the client')
  inner.end()
  await once(outer, 'close')
  const second = await joined()
  second.outer.send(Buffer.from('last words'))
  second.outer.close()
  const said = once(second.inner, 'data')
  expect(String((await said)[0])).toBe('last words')
  await once(second.inner.resume(), 'end')
})

test('whoever does not read holds up who writes, and loses nothing', async () => {
  const { outer, inner } = await joined()
  outer.pause()
  const chunk = Buffer.alloc(MB, 7)
  let taken = 0
  for (let quiet = 0, before = -1; quiet < 5; ) {
    await delay(20)
    quiet = inner.bytesWritten === before ? quiet + 1 : 0
    before = inner.bytesWritten
    while (taken < 256 && !inner.writableNeedDrain) {
      inner.write(chunk)
      taken += 1
    }
  }
  expect(taken).toBeLessThan(128)
  let bytes = 0
  outer.on('message', (data: Buffer) => {
    bytes += data.length
  })
  outer.resume()
  inner.end()
  await once(outer, 'close')
  expect(bytes).toBe(taken * MB)
})

test('access that is taken away ends the connection on both sides', async () => {
  const { outer, inner } = await joined()
  const ended = new Promise((resolve) => inner.resume().on('close', resolve))
  allowed = false
  expect((await once(outer, 'close'))[0]).toBe(1008)
  await ended
})

test.each([
  ['a wrong ticket', { ticket: 'wrong' }, 403],
  ['a tunnel that there is not', { id: 'tun_2' }, 403],
  ['a page of another site', { origin: 'http://evil.test' }, 403],
])('%s opens nothing', async (_, wish, status) => {
  const outer = join(wish).on('error', () => undefined)
  const [, response] = (await once(outer, 'unexpected-response')) as [unknown, { statusCode: number }]
  expect(response.statusCode).toBe(status)
  expect(inside).toEqual([])
  outer.terminate()
})

test('an addon that does not answer is told as such', async () => {
  down = true
  const outer = join().on('error', () => undefined)
  const [, response] = (await once(outer, 'unexpected-response')) as [unknown, { statusCode: number }]
  expect(response.statusCode).toBe(503)
  outer.terminate()
})
