import { AccessLog } from '../access-log.ts'
import type { Config } from '../config.ts'
import { Control } from '../control.ts'
import { EventStream } from '../event-stream.ts'
import { chooseIo } from '../io/choose-io.ts'
import type { Io } from '../io/io.ts'
import { createLog, type Log } from '../log.ts'
import { NOTHING_MEASURED } from '../measurements.ts'
import { Meter } from '../meter.ts'
import { MetricsServer } from '../metrics-server.ts'
import { Router } from '../router.ts'
import { machineBootId, StateDirectory } from '../state.ts'
import { Telemetry } from '../telemetry.ts'
import type { Tls } from '../tls/tls.ts'
import { Followers } from './followers.ts'
import { Generation } from './generation.ts'
import { Leader } from './leader.ts'
import { News } from './news.ts'
import { Serving } from './serving.ts'
import { Succession } from './succession.ts'

/** The process that answers on the control socket. Resolves when it serves. */
export async function startPrimary(config: Config): Promise<void> {
  const log = createLog(config.logLevel)
  const followers = new Followers(log)
  const events = new EventStream((wanted) => followers.watch(wanted))
  const state = new StateDirectory(config.state, log)
  const news = new News(events, followers)
  const router = new Router({ state, events: news, bootId: machineBootId() })
  const accessLog = new AccessLog(news)
  const tls = await openTls(config, router, news, log)
  const serving = new Serving({ config, router, log: accessLog, tls, io: await openIo(config, log) })
  const meter = new Meter({
    services: () => router.table.services,
    log: accessLog,
    connections: () => serving.connections,
    handshakes: () => tls?.handshakes ?? NOTHING_MEASURED.handshakes,
  })
  const leader = new Leader({
    ...{ router, followers, news, meter },
    report: () => generation.report(),
    restart: () => succession.begin(),
  })
  const control = new Control(leader, events, log, tls)
  const telemetry = new Telemetry({
    events,
    measure: () => leader.measure(),
    serves: (name) => router.table.named(name) !== undefined,
    certificates: () => tls?.statuses() ?? [],
  })
  control.metrics = telemetry
  const metrics = config.metrics ? new MetricsServer(telemetry, log) : null
  const parts = { config, log, followers, events, news, router, tls, serving, leader, control, telemetry, metrics }
  const generation = new Generation(parts)
  const succession = new Succession(generation, config.environment, log)
  await generation.begin()
  process.on('SIGUSR2', () => void succession.begin().catch(() => {}))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      succession.abandon()
      void generation.stop(signal)
    })
  }
  generation.say()
}

async function openIo({ io: choice }: Config, log: Log): Promise<Io> {
  const { io, reason } = await chooseIo(choice)
  if (reason) log.info('io.public', { reason })
  return io
}

/** Loaded only where it is used: a router without TLS does without its 10 MB. */
async function openTls(
  { state: directory, https, io }: Config,
  router: Router,
  events: News,
  log: Log,
): Promise<Tls | null> {
  if (!https) return null
  const { Tls } = await import('../tls/tls.ts')
  const { chooseTlsHandles } = await import('../tls/self-test.ts')
  const served = (host: string) => router.find(host)?.spec
  const handles = await chooseTlsHandles(io)
  if (!handles && io !== 'public') log.info('tls.io.public')
  return Tls.open({ handles, directory, served, events, log, publicPort: https.publicPort })
}
