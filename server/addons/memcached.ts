import type { AddonService, Plan } from './addon-service.ts'
import { memcachedInformation } from './memcached/information.ts'
import { LAUNCH_SCRIPT } from './memcached/launch-script.ts'
import { dropLogin, memcachedReady, putLogin } from './memcached/logins.ts'

/** Nothing is written down when it ends. */
const STOP_GRACE_MS = 5_000
const PIDS_LIMIT = 64
/** Of the memory of a plan; the rest is for the index of keys and for buffers of connections. */
const DATA_PART = 5 / 8
/** For the platform itself, beside what apps may open. */
const SPARE_CONNECTIONS = 8

/** No shared plan: all logins of a server see the same keys. */
const PLANS: Plan[] = [
  {
    name: 'mini',
    about: '64 MB, 40 of them data, 100 connections',
    shared: false,
    memoryMb: 64,
    cpus: 1,
    connections: 100,
  },
  { name: 'small', about: '256 MB, 160 of them data', shared: false, memoryMb: 256, cpus: 1, connections: 400 },
  { name: 'medium', about: '1 GB, 640 MB of them data', shared: false, memoryMb: 1024, cpus: 1, connections: 1000 },
  { name: 'large', about: '4 GB, 2.5 GB of them data', shared: false, memoryMb: 4096, cpus: 2, connections: 2000 },
]

/**
 * The binary protocol with SASL PLAIN: what clients of hosted Memcached speak. The server keeps no data over a restart; what
 * lies in its directory are the logins.
 */
export const memcached: AddonService = {
  name: 'memcached',
  title: 'Memcached',
  aliases: ['memcache'],
  versions: [
    {
      version: '1.6',
      programs: {
        name: 'memcached-1.6',
        // The public one has no program that writes down logins.
        image: null,
        packages: ['memcached', 'sasl2-bin', 'libsasl2-modules'],
        // The one of both that a machine with a Memcached may lack.
        program: 'saslpasswd2',
        directories: [],
        data: { path: '/data', user: 'memcache' },
      },
    },
  ],
  plans: PLANS,
  names: { first: 'MEMCACHED', prefix: 'MEMCACHED' },
  port: 11211,
  secureStart: null,

  launch: ({ memoryMb, connections }, address) => ({
    command: ['/bin/sh', '-c', LAUNCH_SCRIPT, 'memcached', ...settings(memoryMb, connections, address)],
    environment: {},
    limits: { pids: PIDS_LIMIT },
    stopGraceMs: STOP_GRACE_MS,
  }),
  ready: memcachedReady,
  createDatabase: async () => {},
  putCredential: (access, _database, login) => putLogin(access, login),
  /** Memcached cannot end the connections of one login: what is open stays so until it is closed or the way is. */
  dropCredential: (access, _database, user) => dropLogin(access, user),
  dropDatabase: async () => {},
  url: (_database, { user, password }, { host, port }) => `memcached://${user}:${password}@${host}:${port}`,
  info: memcachedInformation,
}

function settings(memoryMb: number, connections: number, address: string): string[] {
  const everywhere = address === '*'
  return [
    ...['--enable-sasl', '--udp-port=0', '--threads=2'],
    `--memory-limit=${Math.floor(memoryMb * DATA_PART)}`,
    `--conn-limit=${connections + SPARE_CONNECTIONS}`,
    ...(everywhere ? [] : [`--listen=${address}`]),
  ]
}
