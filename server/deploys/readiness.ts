import type { ListeningSocket } from '../engine/engine.ts'

/** What is known of an instance that did not become ready. */
export type NotReady = {
  /** `web.1` */
  name: string
  port: number
  listening: ListeningSocket[]
  lastError: string | null
  /** Seconds it was given. */
  seconds: number
  /** That its app.json wants asked; null: any answer would do. */
  path: string | null
}

/** RELIABILITY 5.2: says where the app listens when that is not where it should, which is the usual first failure. */
export function explainNotReady({ name, port, listening, lastError, seconds, path }: NotReady): {
  reason: string
  fix: string
} {
  const onPort = listening.filter((socket) => socket.port === port)
  if (onPort.some((socket) => !isLoopback(socket.address))) {
    if (path !== null) return explainUnhealthy(name, path, seconds, lastError)
    return {
      reason: `${name} listens on port ${port} but gave no usable answer within ${seconds} s (${lastError ?? 'no answer'})`,
      fix: 'Make the app answer any HTTP request with a status line, and see its log: paas logs',
    }
  }
  if (onPort.length > 0) {
    return {
      reason: `${name} listens on 127.0.0.1:${port} only, where the router cannot reach it`,
      fix: `Bind to all addresses: 0.0.0.0, port ${port} (the PORT variable).`,
    }
  }
  const others = [...new Set(listening.map((socket) => socket.port))].sort((a, b) => a - b)
  if (others.length > 0) {
    return {
      reason: `${name} listens on port ${others.join(', ')}, but PORT is ${port}`,
      fix: 'Listen on the port that the PORT variable names, such as process.env.PORT.',
    }
  }
  return {
    reason: `${name} did not listen on any port within ${seconds} s; PORT is ${port}`,
    fix: 'Start an HTTP server on 0.0.0.0 and the port that the PORT variable names. A process without a server belongs in a process type other than web.',
  }
}

function explainUnhealthy(name: string, path: string, seconds: number, lastError: string | null) {
  return {
    reason: `${name} did not pass its health check at ${path} within ${seconds} s (${lastError ?? 'no answer'})`,
    fix: 'Make the path answer with a status from 200 to 399, or mend healthchecks in app.json; its log: paas logs',
  }
}

export function explainExit(
  name: string,
  exit: { code: number | null; signal: string | null; outOfMemory: boolean },
  memoryMb: number,
): { reason: string; fix: string } {
  if (exit.outOfMemory && exit.code !== 0) {
    return {
      reason: `${name} was killed: out of memory (limit ${memoryMb} MB)`,
      fix: 'Use less memory at start, or give the process type more.',
    }
  }
  const how = exit.signal ? `signal ${exit.signal}` : exit.code === null ? 'an unknown status' : `status ${exit.code}`
  return {
    reason: `${name} exited with ${how} while it was starting`,
    fix: 'Its last lines are above; the whole log: paas logs',
  }
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.')
}
