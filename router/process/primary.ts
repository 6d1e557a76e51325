import { AccessLog } from '../access-log.ts'
import type { Config } from '../config.ts'
import { Control } from '../control.ts'
import { EventStream } from '../event-stream.ts'
import { createLog } from '../log.ts'
import { NOTHING_MEASURED } from '../measurements.ts'
import { Meter } from '../meter.ts'
import { MetricsServer } from '../metrics-server.ts'
import { Router } from '../router.ts'
import { machineBootId, StateDirectory } from '../state.ts'
import { Telemetry } from '../telemetry.ts'
import { Followers } from './followers.ts'
import { Generation } from './generation.ts'
import { Leader } from './leader.ts'
import { News } from './news.ts'
import { openIo } from './open-io.ts'
import { openTls } from './open-tls.ts'
import { OwnServing } from './serving.ts'
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
  const tls = await openTls({ config, router, news, log, followers })
  const serving =
    config.workers > 1
      ? new (await import('./workers.ts')).Workers({ config, router, tls, followers, leader: () => leader, log })
      : new OwnServing({ config, router, log: accessLog, tls, io: await openIo(config, log) })
  const meter = new Meter({
    services: () => router.table.services,
    log: accessLog,
    connections: () => serving.connections,
    handshakes: () => tls?.handshakes ?? NOTHING_MEASURED.handshakes,
  })
  const leader: Leader = new Leader({
    ...{ router, tls, followers, news, meter },
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
