import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { TLS_HOST } from './proxies.ts'

const run = promisify(execFile)

export type Load = {
  connections: number
  path: string
  headers: string[]
  /** A POST with this many bytes instead of a GET. */
  bodyBytes?: number
  tls?: boolean
}

export type Result = { requests: number; errors: number; p50: number; p99: number }

/** Beyond its duration: wrk waits for nobody, but a machine may be busy. */
const GRACE_MS = 20_000

const REPORT = `
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('JSON {"requests":%d,"errors":%d,"p50":%d,"p99":%d}\\n', summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
`

/** One run of wrk against a port of the loopback; latencies in microseconds. Over TLS it resumes its sessions. */
export async function wrk(directory: string, port: number, load: Load, seconds: number): Promise<Result> {
  const script = join(directory, `wrk-${load.bodyBytes ?? 0}.lua`)
  const body = load.bodyBytes ? `wrk.method = "POST"\nwrk.body = string.rep("x", ${load.bodyBytes})\n` : ''
  writeFileSync(script, body + REPORT)
  const headers = load.headers.flatMap((header) => ['-H', header])
  const url = `${load.tls ? `https://${TLS_HOST}` : 'http://127.0.0.1'}:${port}${load.path}`
  const args = ['-t1', `-c${load.connections}`, `-d${seconds}s`, '--latency', '-s', script, ...headers, url]
  const { stdout } = await run('wrk', args, { timeout: seconds * 1_000 + GRACE_MS })
  const [, json] = /^JSON (.*)$/m.exec(stdout) ?? []
  if (!json) throw new Error(`wrk said: ${stdout}`)
  return JSON.parse(json)
}
