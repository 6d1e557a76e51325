import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { HOST } from './rig.ts'

export type Answer = { status: number; headers: IncomingHttpHeaders; body: string; trailers: NodeJS.Dict<string> }
export type Visit = {
  method?: string
  path?: string
  headers?: Record<string, string | string[]>
  body?: string | Buffer
  agent?: Agent
  host?: string
}

/** One request of a visitor; rejects when the connection breaks. */
export function visit(
  port: number,
  { method = 'GET', path = '/', headers = {}, body, agent, host = HOST }: Visit = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      agent: agent ?? false,
      headers: { host, ...headers },
    })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status = 0, headers, trailers } = response
        resolve({ status, headers, body: text, trailers })
      })
    })
    outgoing.end(body)
  })
}

/** Sends bytes as they are and resolves with everything that came back until the connection closed. */
export function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
  })
}

/** Resolves when the connection has ended, broken ones too: `once` would reject for them. */
export async function closed(socket: Socket): Promise<void> {
  socket.on('error', () => {})
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
}

export function keepAlive(): Agent {
  return new Agent({ keepAlive: true })
}
