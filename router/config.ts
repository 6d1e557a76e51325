import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { IO_CHOICES, type IoChoice } from './io/choose-io.ts'
import { LOG_LEVELS, type LogLevel } from './log.ts'
import { childEnvironment, type Inheritance, readInheritance } from './process/inheritance.ts'

export type Config = {
  http: { host: string; port: number }
  /** Null: no TLS. `publicPort`: under which the world reaches it, for redirects. */
  https: { host: string; port: number; publicPort: number } | null
  /** Null: none. Prometheus text. */
  metrics: { host: string; port: number } | null
  /** Where the control plane reaches us. */
  socket: string
  /** Directory of the saved tables. */
  state: string
  /** Processes that take visitors in; with 1 the router is a single process. */
  workers: number
  logLevel: LogLevel
  /** What the process that started us, or systemd, has left us. */
  inherited: Inheritance
  /** systemd waits to be told how we are (sd_notify(3)). */
  notify: boolean
  /** For processes that we start. */
  environment: NodeJS.ProcessEnv
  /** How plain connections are read and written. */
  io: IoChoice
}

export class ConfigError extends Error {}

const DEFAULT_STATE = '/var/lib/paas/router'
const MOST_WORKERS = 64
const HIGHEST_PORT = 65_535

/** Reports every mistake of the environment at once. Port 0 means: any free one. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const mistakes: string[] = []
  const state = resolve(environment['PAAS_ROUTER_STATE'] || DEFAULT_STATE)
  const config: Config = {
    http: {
      host: environment['PAAS_ROUTER_HTTP_HOST'] || '0.0.0.0',
      port: readPort('PAAS_ROUTER_HTTP_PORT', environment['PAAS_ROUTER_HTTP_PORT'], 80, mistakes),
    },
    https: readHttps(environment, mistakes),
    metrics: readMetrics(environment, mistakes),
    socket: resolve(environment['PAAS_ROUTER_SOCKET'] || join(state, 'control.sock')),
    state,
    logLevel: readLevel(environment['PAAS_ROUTER_LOG_LEVEL'], mistakes),
    workers: readWorkers(environment['PAAS_ROUTER_WORKERS'], mistakes),
    inherited: readInheritance(environment, process.pid, mistakes),
    notify: Boolean(environment['NOTIFY_SOCKET']),
    environment: childEnvironment(environment),
    io: readIo(environment['PAAS_ROUTER_IO'], mistakes),
  }
  if (mistakes.length > 0) throw new ConfigError(`The environment has mistakes: ${mistakes.join('; ')}`)
  return config
}

function readHttps(environment: NodeJS.ProcessEnv, mistakes: string[]): Config['https'] {
  const text = environment['PAAS_ROUTER_HTTPS_PORT']
  if (!text) return null
  const port = readPort('PAAS_ROUTER_HTTPS_PORT', text, 443, mistakes)
  const publicPort = environment['PAAS_ROUTER_PUBLIC_HTTPS_PORT']
  return {
    host: environment['PAAS_ROUTER_HTTPS_HOST'] || environment['PAAS_ROUTER_HTTP_HOST'] || '0.0.0.0',
    port,
    publicPort: readPort('PAAS_ROUTER_PUBLIC_HTTPS_PORT', publicPort, port, mistakes),
  }
}

function readMetrics(environment: NodeJS.ProcessEnv, mistakes: string[]): Config['metrics'] {
  const text = environment['PAAS_ROUTER_METRICS_PORT']
  if (!text) return null
  const port = readPort('PAAS_ROUTER_METRICS_PORT', text, 0, mistakes)
  return { host: environment['PAAS_ROUTER_METRICS_HOST'] || '127.0.0.1', port }
}

/** On one or two cores a second process costs more memory than it is worth. */
function readWorkers(text: string | undefined, mistakes: string[]): number {
  const cores = availableParallelism()
  if (!text) return cores <= 2 ? 1 : cores
  const workers = Number(text)
  if (/^\d+$/.test(text) && workers >= 1 && workers <= MOST_WORKERS) return workers
  mistakes.push(`PAAS_ROUTER_WORKERS is "${text}", expected a number from 1 to ${MOST_WORKERS}`)
  return 1
}

function readPort(name: string, text: string | undefined, fallback: number, mistakes: string[]): number {
  if (!text) return fallback
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= HIGHEST_PORT) return port
  mistakes.push(`${name} is "${text}", expected a port from 0 to ${HIGHEST_PORT}`)
  return fallback
}

function readLevel(text: string | undefined, mistakes: string[]): LogLevel {
  const level = LOG_LEVELS.find((known) => known === (text || 'info'))
  if (!level) mistakes.push(`PAAS_ROUTER_LOG_LEVEL is "${text}", expected one of ${LOG_LEVELS.join(', ')}`)
  return level ?? 'info'
}

function readIo(text: string | undefined, mistakes: string[]): IoChoice {
  const choice = IO_CHOICES.find((known) => known === (text || 'auto'))
  if (!choice) mistakes.push(`PAAS_ROUTER_IO is "${text}", expected one of ${IO_CHOICES.join(', ')}`)
  return choice ?? 'auto'
}
