import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { holdFirstBytes } from './ssh-first-bytes.ts'

const VERSION_LINE = 'SSH-2.0-OpenSSH_9.2\r\n'

const server = createServer()
let client: Socket
let socket: Socket
beforeEach(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const accepted = once(server, 'connection')
  client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined)
  socket = (await accepted)[0]
})
afterEach(() => {
  client.destroy()
  socket.destroy()
  server.close()
})

/** As ssh2 does with a new socket, when it has got ready. */
function readFrom(ready: Promise<unknown>): { text: string } {
  const read = { text: '' }
  socket.pause()
  void ready.then(() => {
    socket.on('data', (bytes) => {
      read.text += bytes
    })
    socket.resume()
  })
  return read
}

test('the version line waits for what follows it', async () => {
  const read = readFrom(Promise.resolve())
  const held = holdFirstBytes(socket)
  client.write(VERSION_LINE)
  while (socket.bytesRead === 0) await new Promise(setImmediate)
  expect(read.text).toBe('')
  await held
  await expect.poll(() => read.text).toBe(VERSION_LINE)
})

test('nothing is lost while the reader takes its time to get ready', async () => {
  const ready = Promise.withResolvers<void>()
  const read = readFrom(ready.promise)
  const held = holdFirstBytes(socket)
  client.write(VERSION_LINE)
  while (socket.bytesRead === 0) await new Promise(setImmediate)
  setTimeout(ready.resolve, 100)
  await held
  await expect.poll(() => read.text).toBe(VERSION_LINE)
})
