import { AccessLog } from '../access-log.ts'
import type { Config } from '../config.ts'
import { ControlError } from '../control-error.ts'
import { createLog } from '../log.ts'
import { NOTHING_MEASURED } from '../measurements.ts'
import { Meter } from '../meter.ts'
import { Router } from '../router.ts'
import { machineBootId } from '../state.ts'
import { Channel } from './channel.ts'
import { Followers } from './followers.ts'
import { Leader } from './leader.ts'
import { News } from './news.ts'
import { openIo } from './open-io.ts'
import { openTls } from './open-tls.ts'
import { OwnServing } from './serving.ts'
import { STOP_LIMIT_MS } from './stop-limit.ts'
import type { LeaveLimits, WorkerLeaderVerbs, WorkerVerbs } from './verbs.ts'

/** The primary saves what is to be saved. */
const NOTHING_SAVED = { save: async () => {}, load: async () => null }

/** A process that takes visitors in, and otherwise does what its primary says; without one it ends. */
export async function startWorker(config: Config): Promise<void> {
  const log = createLog(config.logLevel)
  const followers = new Followers(log)
  const news = new News(null, followers)
  const router = new Router({ state: NOTHING_SAVED, events: news, bootId: machineBootId(), checks: false })
  const accessLog = new AccessLog(news)
  const tls = await openTls({ config, router, news, log })
  const serving = new OwnServing({ config, router, log: accessLog, tls, io: await openIo(config, log) })
  const meter = new Meter({
    services: () => router.table.services,
    log: accessLog,
    connections: () => serving.connections,
    handshakes: () => tls?.handshakes ?? NOTHING_MEASURED.handshakes,
  })
  const report = () => {
    const { plain, tls } = serving.connections
    return { pid: process.pid, role, rssBytes: process.memoryUsage.rss(), connections: plain + tls }
  }
  const leader = new Leader({ router, tls, followers, news, meter, report, restart: onlyPrimary })
  let role: 'worker' | 'leaving' = 'worker'
  const leave = async ({ limitMs, tunnelsMs }: LeaveLimits) => {
    const leaving = role === 'leaving'
    role = 'leaving'
    await serving.stop(limitMs, tunnelsMs)
    if (leaving) return
    news.flush()
    channel.tell('measured', meter.take())
    await channel.flushed()
    process.exit(0)
  }
  const channel = new Channel<WorkerLeaderVerbs, WorkerVerbs>(process, {
    ...leader.obey(),
    begin: async ({ standing, tls: handover }) => {
      router.adopt(standing)
      if (tls && handover) tls.adopt(handover, true)
      const ports = await serving.listen(config.inherited)
      if (tls) router.follow(tls)
      return ports
    },
    watch: (wanted) => {
      news.wantedByLeader = wanted
    },
    leave: (limits) => void leave(limits),
    stop: () => void leave({ limitMs: STOP_LIMIT_MS, tunnelsMs: 0 }),
  })
  news.leader = channel
  // A primary ends on purpose only after its workers.
  void channel.closed.then(() => leave({ limitMs: STOP_LIMIT_MS, tunnelsMs: 0 }))
  // What is sent to a whole process group is for the primary, which tells us.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR2'] as const) process.on(signal, () => {})
  channel.tell('up', null)
}

function onlyPrimary(): never {
  throw new ControlError(409, 'restart.worker', 'Only the primary restarts the router.')
}
