import type { Programs } from '../engine/engine.ts'
import type { AddonService, Plan } from './addon-service.ts'
import { redisBackup, redisRestore } from './redis/copy.ts'
import { redisCount } from './redis/count.ts'
import { redisGauges } from './redis/gauges.ts'
import { redisInformation } from './redis/information.ts'
import { LAUNCH_SCRIPT } from './redis/launch-script.ts'
import { digest, redisReady, redisSession } from './redis/session.ts'

const STOP_GRACE_MS = 30_000
const PIDS_LIMIT = 128
/** Of the memory of a plan; the rest is for copying on write while it saves, and for buffers of connections. */
const DATA_PART = 0.6

/** No shared plan: logins of one server could not be kept out of each other's keys. */
const PLANS: Plan[] = [
  {
    name: 'mini',
    about: '64 MB, 40 of them data, 50 connections',
    shared: false,
    memoryMb: 64,
    cpus: 1,
    connections: 50,
  },
  { name: 'small', about: '256 MB, 150 of them data', shared: false, memoryMb: 256, cpus: 1, connections: 200 },
  { name: 'medium', about: '1 GB, 600 MB of them data', shared: false, memoryMb: 1024, cpus: 1, connections: 500 },
  { name: 'large', about: '4 GB, 2.4 GB of them data', shared: false, memoryMb: 4096, cpus: 2, connections: 1000 },
]

type Kind = { name: string; title: string; aliases: string[]; versions: [version: string, packages: string[] | null][] }

/** Valkey is Redis as it was under its free licence, with programs of its own name. */
function service({ name, title, aliases, versions }: Kind): AddonService {
  const programs = (version: string, packages: string[] | null): Programs => ({
    name: `${name}-${version}`,
    image: `${name === 'valkey' ? 'valkey/valkey' : name}:${version}-bookworm`,
    packages,
    program: `${name}-server`,
    directories: [],
    data: { path: '/data', user: name },
  })
  return {
    name,
    title,
    aliases,
    versions: versions.map(([version, packages]) => ({ version, programs: programs(version, packages) })),
    plans: PLANS,
    names: { first: 'REDIS', prefix: title.toUpperCase() },
    port: 6379,
    secureStart: null,
    secureScheme: 'rediss',

    launch: ({ memoryMb, connections }, address) => ({
      command: ['/bin/sh', '-c', LAUNCH_SCRIPT, name, `${name}-server`, ...settings(memoryMb, connections, address)],
      environment: {},
      limits: { pids: PIDS_LIMIT },
      stopGraceMs: STOP_GRACE_MS,
    }),
    ready: redisReady,
    createDatabase: async () => {},
    putCredential: (access, _database, { user, password }) =>
      redisSession(access, async (send) => {
        await send(
          'ACL',
          'SETUSER',
          user,
          'reset',
          'on',
          `#${digest(password)}`,
          '~*',
          '&*',
          '+@all',
          ...KEPT_FROM_APPS,
        )
        await send('ACL', 'SAVE')
      }),
    dropCredential: (access, _database, user) =>
      redisSession(access, async (send) => {
        await send('ACL', 'DELUSER', user)
        await send('ACL', 'SAVE')
      }),
    dropDatabase: async () => {},
    url: (_database, { user, password }, { host, port }) => `redis://${user}:${password}@${host}:${port}`,
    info: (access) => redisInformation(access),
    gauges: (access) => redisGauges(access),
    client: (_database, { user, password }, { host, port }) => ({
      command: [`${name}-cli`, '-h', host, '-p', String(port), '--user', user],
      environment: { REDISCLI_AUTH: password },
    }),
    copies: {
      suffix: 'rdb',
      count: redisCount,
      backup: (access, _database, signal) => redisBackup(access, title, signal),
      restore: (access, _database, from, signal) => redisRestore(access, `${name}-check-rdb`, from, signal),
    },
  }
}

/** What would reach beyond the data: accounts, settings, other servers, the process itself. */
const KEPT_FROM_APPS =
  '-acl +acl|whoami -config +config|get -debug -module -replicaof -slaveof -failover -cluster -migrate -shutdown'.split(
    ' ',
  )

function settings(memoryMb: number, connections: number, address: string): string[] {
  const values: Record<string, string> = {
    bind: address === '*' ? '* -::*' : address,
    'protected-mode': 'no',
    maxmemory: `${Math.floor(memoryMb * DATA_PART)}mb`,
    'maxmemory-policy': 'noeviction',
    maxclients: String(connections),
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '3600 1 300 100',
    // Streamed without a file, a snapshot ends with a mark that redis-cli leaves in what it prints.
    'repl-diskless-sync': 'no',
  }
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, ...value.split(' ')])
}

/** Debian 12, on which images are made where no registry answers, has Redis 7.0 and no Valkey. */
export const redis = service({
  name: 'redis',
  title: 'Redis',
  aliases: [],
  versions: [
    ['7.4', null],
    ['7.0', ['redis-server']],
  ],
})
export const valkey = service({
  name: 'valkey',
  title: 'Valkey',
  aliases: [],
  versions: [
    ['8.1', null],
    ['7.2', null],
  ],
})
