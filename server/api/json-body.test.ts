import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import express from 'express'
import { expect, test } from 'vitest'
import { jsonBody } from './json-body.ts'

test.each([
  [
    'that never comes',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    /^$/,
  ],
  [
    'that is there',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
    /late/,
  ],
  ['that nobody announced', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', /late/],
])('a body %s holds its connection no longer than it may', async (_, request, answer) => {
  const app = express()
    .use(jsonBody(300))
    .use((_request, response) => void setTimeout(() => response.set('Connection', 'close').send('late'), 600))
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(request)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  // A server that destroys what it has not read resets the connection.
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.on('close', resolve))
  expect(text).toMatch(answer)
  server.close()
})
