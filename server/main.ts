import { readConfig } from './config.ts'
import { ControlPlane } from './control-plane.ts'
import { messageOf, PaasError } from './errors.ts'
import { initialise, issueClaim, removeInstances } from './first-run.ts'
import { createLog } from './log.ts'

/** sysexits.h EX_CONFIG: a restart will not help. */
const EXIT_CONFIG = 78
/** What is in flight gets this long after SIGTERM. */
const SHUTDOWN_MS = 10_000

const USAGE = `Usage: server/main.ts [command]

  start       run the server (the default)
  init        make the data root, its key and database, and print the one-time claim secret
  remove-instances
              take everything of this box off the container engine; the data root stays, and the data of
              addons unless --with-data is said
  claim-code  print a new claim secret, while the box is unclaimed and the server is stopped
`

async function main(command: string | undefined, option: string | undefined): Promise<void> {
  const config = readConfig()
  switch (command ?? 'start') {
    case 'start':
      return await start(config)
    case 'init':
      return print(initialise(config))
    case 'remove-instances':
      return await removeInstances(config, createLog('server', config.logLevel), { data: option === '--with-data' })
    case 'claim-code':
      return print(issueClaim(config))
    default:
      process.stderr.write(USAGE)
      process.exitCode = 2
  }
}

async function start(config: ReturnType<typeof readConfig>): Promise<void> {
  const log = createLog('server', config.logLevel)
  const controlPlane = await ControlPlane.create(config, log)
  const stop = (signal: string) => {
    log.info('server.stopping', { signal })
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref()
    controlPlane[Symbol.asyncDispose]().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('server.stop', { reason: messageOf(error) })
        process.exit(1)
      },
    )
  }
  process.once('SIGTERM', stop).once('SIGINT', stop)
  print({ event: 'listening', ...(await controlPlane.start()) })
}

function print(value: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

main(process.argv[2], process.argv[3]).catch((error: unknown) => {
  if (!(error instanceof PaasError)) throw error
  process.stderr.write(` ›  Error: ${error.message}\n`)
  if (error.help.fix) process.stderr.write(`    Fix: ${error.help.fix}\n`)
  if (error.help.command) process.stderr.write(`    Try: ${error.help.command}\n`)
  process.exit(EXIT_CONFIG)
})
