import { createHash } from 'node:crypto'
import { type IncomingMessage, type RequestListener, request } from 'node:http'
import { HOST, type Rig, target } from './rig.ts'

/** Neither all alike nor pure noise, and of no round length. */
export const BODY = Buffer.from(
  Array.from(
    { length: 40_000 },
    (_, line) => `${line} ${createHash('sha1').update(`${line}`).digest('hex').slice(0, 20)}\n`,
  ).join(''),
)

/** Answers with something worth compressing. */
export const text: RequestListener = (_request, response) => {
  response.setHeader('Content-Type', 'text/plain').setHeader('ETag', '"v1"').setHeader('Accept-Ranges', 'bytes')
  response.setHeader('Content-Length', BODY.length)
  response.end(BODY)
}

/** Puts the app at this port behind a router that compresses. */
export function serveCompressed(rig: Rig, port: number) {
  return rig.serve([target(port)], { rules: { compress: true } })
}

type Got = { response: IncomingMessage; body: Buffer }

/** One request whose answer stays as it came, with its bytes. */
export function getBytes(port: number, headers: Record<string, string>, options = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, agent: false, headers: { host: HOST, ...headers }, ...options })
    outgoing.on('error', reject).on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk)).on('error', reject)
      response.on('end', () => resolve({ response, body: Buffer.concat(chunks) }))
    })
    outgoing.end()
  })
}

export function sha(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
