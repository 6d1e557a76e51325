import { AccessLog } from './access-log.ts'
import { ConfigError, readConfig } from './config.ts'
import { Control } from './control.ts'
import { EventStream } from './event-stream.ts'
import { DataPlane } from './http1/data-plane.ts'
import { SocketTaken } from './listen.ts'
import { codeOf, createLog, messageOf } from './log.ts'
import { Router } from './router.ts'
import { machineBootId, StateDirectory } from './state.ts'

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
  const accessLog = new AccessLog(events, () => router.table)
  const control = new Control(router, events, log)
  const plane = new DataPlane(router, accessLog)

  const restored = await router.restore()
  if (restored) log.info('table.restored', restored)
  await control.listen(config.socket)
  const port = await plane.listen(config.http.host, config.http.port)

  const stop = onceOnly(async (signal: string) => {
    log.info('router.stopping', { signal })
    control.stop()
    await plane.stop(STOP_LIMIT_MS)
    control.close()
    router[Symbol.dispose]()
    accessLog[Symbol.dispose]()
    process.exit(0)
  })
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.stdout.write(`${JSON.stringify({ event: 'listening', http: port, socket: config.socket })}\n`)
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
