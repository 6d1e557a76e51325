import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { TLS_HOST } from './proxies.ts'
import type { Result } from './wrk.ts'

const run = promisify(execFile)

/** Of one batch; all at a time. */
const CLIENTS = 128
/** Connections of HTTP/2, and streams at a time on each. */
const CONNECTIONS = 16
const STREAMS = 10
/** A client that waits for what never comes. */
const LIMIT_MS = 30_000

/**
 * One request on each connection, every one with a full handshake: wrk resumes its sessions, and so do clients of h2load
 * when they connect again, so each client comes once. Knows no percentiles.
 */
export async function handshakes(port: number, path: string, seconds: number): Promise<Result> {
  const url = `https://${TLS_HOST}:${port}${path}`
  const args = ['--h1', '-t1', `-c${CLIENTS}`, `-n${CLIENTS}`, url]
  const until = Date.now() + seconds * 1_000
  const sum = { requests: 0, errors: 0, p50: 0, p99: 0 }
  while (Date.now() < until) {
    const { stdout } = await run('h2load', args, { timeout: LIMIT_MS })
    const [, good] = /^status codes: (\d+) 2xx/m.exec(stdout) ?? []
    sum.requests += CLIENTS
    sum.errors += CLIENTS - Number(good ?? 0)
  }
  return sum
}

/** Many streams on few connections, as browsers have them. Knows no percentiles. */
export async function multiplexed(port: number, path: string, seconds: number): Promise<Result> {
  const url = `https://${TLS_HOST}:${port}${path}`
  const args = ['-t1', `-c${CONNECTIONS}`, `-m${STREAMS}`, `-D${seconds}`, url]
  const { stdout } = await run('h2load', args, { timeout: LIMIT_MS })
  const [, protocol] = /^Application protocol: (\S+)/m.exec(stdout) ?? []
  const [, good, failed] = /^requests: .* (\d+) succeeded, (\d+) failed/m.exec(stdout) ?? []
  if (protocol !== 'h2') throw new Error(`h2load said: ${stdout}`)
  return { requests: Number(good), errors: Number(failed), p50: 0, p99: 0 }
}
