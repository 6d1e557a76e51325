import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SshLogins } from './ssh-logins.ts'

let server: Server
const clients: Socket[] = []
beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
  server.close()
})

async function socket(): Promise<Socket> {
  const accepted = once(server, 'connection') as Promise<[Socket]>
  clients.push(connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {}))
  return (await accepted)[0].resume()
}

test('one that does not sign in is closed in time, one that does is not', async () => {
  const logins = new SshLogins(30)
  const [slow, quick] = [await socket(), await socket()]
  for (const each of [slow, quick]) expect(logins.begin(each)).toBe(true)
  logins.signedIn(quick.remoteAddress ?? '', quick.remotePort ?? 0)
  await once(slow, 'close')
  expect([slow.destroyed, quick.destroyed]).toEqual([true, false])
})

test('an address has so many tries at once, and gets new ones as the old ones end', async () => {
  const logins = new SshLogins()
  const sockets: Socket[] = []
  for (let n = 0; n < 20; n++) sockets.push(await socket())
  expect(sockets.every((each) => logins.begin(each))).toBe(true)
  expect(logins.begin(await socket())).toBe(false)
  const [first] = sockets as [Socket]
  first.destroy()
  await once(first, 'close')
  expect(logins.begin(await socket())).toBe(true)
})
