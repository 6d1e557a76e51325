import type { IncomingHttpHeaders } from 'node:http'
import type { Agent } from 'node:https'
import { messageOf } from '../log.ts'

/** Issuers and DNS providers answer within seconds, or something is wrong with them. */
const CALL_MS = 30_000
const LARGEST_ANSWER = 1_048_576

export type Call = {
  method: string
  headers?: Record<string, string | number>
  body?: string
  agent?: Agent | undefined
  /** For the whole call, the last byte of the answer included. */
  limitMs?: number | undefined
  signal?: AbortSignal | undefined
}
export type CallAnswer = { status: number; headers: IncomingHttpHeaders; body: string }

/** There was no answer: not reached, cut off, too slow, or too large. In words, the host included. */
export class Unreachable extends Error {}

/** One request over https or http, without redirects. Throws Unreachable; any status is an answer. */
export async function call(url: string, options: Call): Promise<CallAnswer> {
  const limitMs = options.limitMs ?? CALL_MS
  const timeout = AbortSignal.timeout(limitMs)
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
  try {
    return await exchange(new URL(url), options, signal)
  } catch (cause) {
    const reason = timeout.aborted ? `no whole answer within ${limitMs / 1_000} s` : messageOf(cause)
    throw new Unreachable(`${new URL(url).host} cannot be reached: ${reason}`, { cause })
  }
}

async function exchange(
  url: URL,
  { method, headers = {}, body = '', agent }: Call,
  signal: AbortSignal,
): Promise<CallAnswer> {
  const { request } = process.getBuiltinModule(url.protocol === 'http:' ? 'node:http' : 'node:https')
  const length = body || method === 'POST' ? { 'content-length': Buffer.byteLength(body) } : {}
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers: { ...headers, ...length }, agent, signal }, async (response) => {
      try {
        let text = ''
        response.setEncoding('utf8')
        for await (const part of response) {
          text += part
          if (text.length > LARGEST_ANSWER) throw new Error(`the answer exceeds ${LARGEST_ANSWER} bytes`)
        }
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
      } catch (error) {
        reject(error)
      }
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
