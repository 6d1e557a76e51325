import { AccessLog } from './access-log.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { Control } from './control.ts'
import { EventStream } from './event-stream.ts'
import { DataPlane } from './http1/data-plane.ts'
import { PLANE_LIMITS } from './http1/plane.ts'
import { StreamConnection } from './io/stream-connection.ts'
import { SocketTaken } from './listen.ts'
import { codeOf, createLog, type Log, messageOf } from './log.ts'
import { NOTHING_MEASURED } from './measurements.ts'
import { Meter } from './meter.ts'
import { MetricsServer } from './metrics-server.ts'
import { NO_ANSWERS } from './own-answers.ts'
import { Router } from './router.ts'
import { machineBootId, StateDirectory } from './state.ts'
import { Telemetry } from './telemetry.ts'
import type { Tls } from './tls/tls.ts'

const STOP_LIMIT_MS = 30_000
/** sysexits.h: EX_CONFIG, EX_TEMPFAIL. */
const EXIT_CONFIG = 78
const EXIT_TAKEN = 75

async function main(): Promise<void> {
  const config = readConfig()
  const log = createLog(config.logLevel)
  const events = new EventStream()
  const state = new StateDirectory(config.state, log)
  const router = new Router({ state, events, bootId: machineBootId() })
  const accessLog = new AccessLog(events)
  const tls = await openTls(config, router, events, log)
  const control = new Control(router, events, log, tls)
  const plane = new DataPlane(router, accessLog, PLANE_LIMITS, tls ?? NO_ANSWERS)
  const meter = new Meter({
    services: () => router.table.services,
    log: accessLog,
    connections: () => plane.connections,
    handshakes: () => tls?.handshakes ?? NOTHING_MEASURED.handshakes,
  })
  const telemetry = new Telemetry({
    events,
    measure: () => meter.take(),
    serves: (name) => router.table.named(name) !== undefined,
    certificates: () => tls?.statuses() ?? [],
  })
  control.metrics = telemetry

  const restored = await router.restore()
  if (restored) log.info('table.restored', restored)
  await control.listen(config.socket)
  const http = await plane.listen(config.http.host, config.http.port)
  const https = await listenTls(tls, config, plane)
  if (tls) router.follow(tls)
  const metrics = config.metrics ? new MetricsServer(telemetry, log) : null
  const metricsPort = config.metrics ? await metrics?.listen(config.metrics.host, config.metrics.port) : undefined

  const stop = onceOnly(async (signal: string) => {
    log.info('router.stopping', { signal })
    control.stop()
    tls?.stop()
    await plane.stop(STOP_LIMIT_MS)
    events.flush()
    control.close()
    metrics?.[Symbol.dispose]()
    await tls?.[Symbol.asyncDispose]()
    router[Symbol.dispose]()
    telemetry[Symbol.dispose]()
    process.exit(0)
  })
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  const ports = { http, ...(https ? { https } : {}), ...(metricsPort ? { metrics: metricsPort } : {}) }
  process.stdout.write(`${JSON.stringify({ event: 'listening', ...ports, socket: config.socket })}\n`)
}

/** Where connections go after their handshake. */
async function listenTls(tls: Tls | null, { https }: Config, plane: DataPlane): Promise<number | undefined> {
  if (!tls || !https) return undefined
  return tls.listen(https.host, https.port, (socket) => {
    const secure = { servername: (socket.servername || '').toLowerCase() }
    plane.accept(new StreamConnection(socket, { secure, alpn: socket.alpnProtocol || null }))
  })
}

/** Loaded only where it is used: a router without TLS does without its 10 MB. */
async function openTls(
  { state: directory, https }: Config,
  router: Router,
  events: EventStream,
  log: Log,
): Promise<Tls | null> {
  if (!https) return null
  const { Tls } = await import('./tls/tls.ts')
  const served = (host: string) => router.find(host)?.spec
  return Tls.open({ directory, served, events, log, publicPort: https.publicPort })
}

/** A second signal does not start over. */
function onceOnly(action: (signal: string) => Promise<void>): (signal: string) => void {
  let begun = false
  return (signal) => {
    if (begun) return
    begun = true
    void action(signal)
  }
}

function explainStart(error: unknown): [text: string, exit: number] {
  if (error instanceof ConfigError) return [error.message, EXIT_CONFIG]
  if (error instanceof SocketTaken) return [error.message, EXIT_TAKEN]
  const reason = messageOf(error)
  if (codeOf(error) === 'EADDRINUSE') {
    return [`Cannot listen: ${reason}. Stop the program that uses the port, or set PAAS_ROUTER_HTTP_PORT.`, EXIT_TAKEN]
  }
  if (codeOf(error) === 'EACCES' && error instanceof Error && 'port' in error) {
    return [`Cannot listen: ${reason}. Ports below 1024 need the right to bind them; or set PAAS_ROUTER_HTTP_PORT.`, 1]
  }
  return [`Cannot start: ${reason}`, 1]
}

// Whoever reads our log may die; the router does not follow.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

try {
  await main()
} catch (error) {
  const [text, exit] = explainStart(error)
  process.stderr.write(`${text}\n`)
  process.exit(exit)
}
