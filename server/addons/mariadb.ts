import type { Programs } from '../engine/engine.ts'
import type { AddonService, Plan, ServerSize } from './addon-service.ts'
import { dedicated } from './dedicated.ts'
import { createDatabase, dropCredential, dropDatabase, putCredential } from './mariadb/accounts.ts'
import { counted } from './mariadb/count.ts'
import { dumped, restored } from './mariadb/dump.ts'
import { mariadbGauges } from './mariadb/gauges.ts'
import { mariadbInformation } from './mariadb/information.ts'
import { LAUNCH_SCRIPT } from './mariadb/launch-script.ts'
import { PACKET_BYTES } from './mariadb/packets.ts'
import { mariadbSecureStart } from './mariadb/secure-start.ts'
import { mariadbReady } from './mariadb/session.ts'

const STOP_GRACE_MS = 60_000
/** Each connection is a thread. */
const PIDS_LIMIT = 1_024
/** For the platform itself, beside what apps may open. */
const SPARE_CONNECTIONS = 8
/** A third of the memory for pages; the rest is for connections, and about 50 MB for the server itself. */
const BUFFERS_PART = 3
const LEAST_LOG_MB = 32

/** In MB. */
const GB = 1024

/** `memoryMb` is the limit of the whole server. */
const PLANS: Plan[] = [
  dedicated('mini', { memoryMb: 256, cpus: 1, connections: 20, storageMb: 10 * GB }),
  dedicated('small', { memoryMb: 512, cpus: 1, connections: 40, storageMb: 32 * GB }),
  dedicated('medium', { memoryMb: 1024, cpus: 2, connections: 80, storageMb: 64 * GB }),
  dedicated('large', { memoryMb: 4096, cpus: 4, connections: 160, storageMb: 256 * GB }),
  {
    name: 'shared',
    about: 'a database of its own in one server for all, 10 connections, for 2 GB',
    ...{ shared: true, memoryMb: 512, cpus: 1, connections: 10, storageMb: 2 * GB },
  },
]

function programs(version: string, packages: string[] | null): Programs {
  return {
    name: `mariadb-${version}`,
    image: `mariadb:${version}`,
    packages,
    program: 'mariadbd',
    directories: [],
    data: { path: '/var/lib/mysql', user: 'mysql' },
  }
}

/** What MySQL's clients speak to. Debian 12, on which images are made where no registry answers, has 10.11. */
export const mariadb: AddonService = {
  name: 'mariadb',
  title: 'MariaDB',
  aliases: ['mysql'],
  versions: [
    { version: '11.4', programs: programs('11.4', null) },
    { version: '10.11', programs: programs('10.11', ['mariadb-server', 'openssl']) },
  ],
  plans: PLANS,
  names: { first: 'DATABASE', prefix: 'MYSQL' },
  port: 3306,
  secureStart: mariadbSecureStart,

  launch: (size, address) => ({
    command: ['/bin/sh', '-c', LAUNCH_SCRIPT, 'mariadb', ...settings(size, address)],
    environment: {},
    limits: { pids: PIDS_LIMIT },
    stopGraceMs: STOP_GRACE_MS,
  }),
  ready: mariadbReady,
  createDatabase,
  putCredential,
  dropCredential,
  dropDatabase,
  url: ({ name }, { user, password }, { host, port }) => `mysql://${user}:${password}@${host}:${port}/${name}`,
  info: mariadbInformation,
  gauges: mariadbGauges,
  client: ({ name }, { user, password }, { host, port }) => ({
    command: [
      ...['mariadb', '--no-defaults', '--default-character-set=utf8mb4'],
      ...[`--host=${host}`, `--port=${port}`, `--user=${user}`, `--database=${name}`],
    ],
    environment: { MYSQL_PWD: password },
  }),
  copies: { suffix: 'sql', count: counted, backup: dumped, restore: restored },
}

/** What an idle server does without is left out: no performance schema, small caches of its own tables. */
function settings({ memoryMb, connections }: ServerSize, address: string): string[] {
  const values: Record<string, string | number> = {
    'bind-address': address,
    'max-connections': connections + SPARE_CONNECTIONS,
    'max-allowed-packet': PACKET_BYTES,
    'innodb-buffer-pool-size': `${Math.floor(memoryMb / BUFFERS_PART)}M`,
    'innodb-log-file-size': `${Math.max(LEAST_LOG_MB, Math.floor(memoryMb / 4))}M`,
    'innodb-log-buffer-size': '4M',
    'aria-pagecache-buffer-size': '8M',
    'key-buffer-size': '4M',
    'query-cache-type': 0,
    'query-cache-size': 0,
    'performance-schema': 'off',
    'table-open-cache': 400,
    // A client that breaks off early shuts nobody out: all connections from outside come from one address.
    'host-cache-size': 0,
    'skip-name-resolve': 'on',
    'symbolic-links': 0,
    'character-set-server': 'utf8mb4',
    'collation-server': 'utf8mb4_unicode_ci',
    'default-time-zone': '+00:00',
  }
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`)
}
