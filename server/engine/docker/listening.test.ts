import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { listeningSockets, parseSockets } from './listening.ts'

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const row = (local: string, state: string) => `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000\n`

it('reads addresses and ports of listening sockets only', () => {
  const table = `${HEAD}${row('0100007F:0BB8', '0A')}${row('00000000:1388', '0A')}${row('0100007F:D431', '01')}`
  expect(parseSockets(table)).toEqual([
    { address: '127.0.0.1', port: 3000 },
    { address: '0.0.0.0', port: 5000 },
  ])
})

it('reads IPv6, also where it stands for IPv4', () => {
  const table = [
    '00000000000000000000000000000000:1F90',
    '00000000000000000000000001000000:0050',
    '0000000000000000FFFF00000100007F:0051',
  ]
  expect(parseSockets(HEAD + table.map((local) => row(local, '0A')).join(''))).toEqual([
    { address: '::', port: 8080 },
    { address: '::1', port: 80 },
    { address: '127.0.0.1', port: 81 },
  ])
})

it('leaves the engine’s name server out', () => {
  expect(parseSockets(HEAD + row('0B00007F:8B2D', '0A'))).toEqual([])
})

it('sees a real socket of this machine', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  expect(await listeningSockets(process.pid)).toContainEqual({ address: '127.0.0.1', port })
  server.close()
})

it('is empty where there is nothing to read', async () => {
  expect(await listeningSockets(1, '/nonexistent')).toEqual([])
})
