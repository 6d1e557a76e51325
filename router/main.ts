import { ConfigError, readConfig } from './config.ts'
import { SocketTaken } from './listen.ts'
import { codeOf, messageOf } from './log.ts'

/** sysexits.h: EX_CONFIG, EX_TEMPFAIL. */
const EXIT_CONFIG = 78
const EXIT_TAKEN = 75

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

/** A process that is to follow another one tells it why it cannot. */
function tellParent(text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (process.connected && process.send) process.send({ verb: 'failed', body: text }, () => resolve())
  else resolve()
  return promise
}

// Whoever reads our log may die; the router does not follow.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

try {
  const config = readConfig()
  // Each loads what it needs, and no more.
  if (config.inherited.as === 'worker') await (await import('./process/worker.ts')).startWorker(config)
  else await (await import('./process/primary.ts')).startPrimary(config)
} catch (error) {
  const [text, exit] = explainStart(error)
  process.stderr.write(`${text}\n`)
  await tellParent(text)
  process.exit(exit)
}
