import type { Programs } from '../engine/engine.ts'
import type { AddonService, Plan, ServerSize } from './addon-service.ts'
import { dedicated } from './dedicated.ts'
import { ARCHIVE_COMMAND } from './postgres/archive-script.ts'
import { baseBackup } from './postgres/base-backup.ts'
import { counted, estimated } from './postgres/count.ts'
import { dumped, restored } from './postgres/dump.ts'
import { exported, fetched, imported } from './postgres/exchange.ts'
import { changeExtension } from './postgres/extensions.ts'
import { FOLLOWING } from './postgres/following.ts'
import { gauges } from './postgres/gauges.ts'
import { information } from './postgres/information.ts'
import { LAUNCH_SCRIPT } from './postgres/launch-script.ts'
import { adopt, recover } from './postgres/recovery.ts'
import { REPORTS, report } from './postgres/reports.ts'
import { createDatabase, dropCredential, dropDatabase, putCredential } from './postgres/roles.ts'
import { distance } from './postgres/segments.ts'
import { ready } from './postgres/session.ts'
import { endSessions } from './postgres/sessions.ts'
import { changeSettings } from './postgres/settings.ts'
import { beginSpool, discard, endSpool, look, mark, readSegment } from './postgres/spool.ts'
import { discardStaged, isEmpty, stage, takePlace } from './postgres/staged.ts'
import { allowWrites, makeRoom, stopWrites } from './postgres/upgrade.ts'

const STOP_GRACE_MS = 60_000
const PIDS_LIMIT = 512
/** For the platform itself, beside what apps may open. */
const SPARE_CONNECTIONS = 8
/** An eighth of the memory: what the kernel caches beside it is counted against the same limit. */
const BUFFERS_PART = 8
/** In MB. */
const GB = 1024
const SLOT_MB = 4 * GB

/** What a client that wants TLS sends first; the server answers `S` (PostgreSQL documentation, message formats). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/** `memoryMb` is the limit of the whole server: an idle one takes about 30 MB. */
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

function programs(version: string, packages: Pick<Programs, 'packages' | 'suite'>): Programs {
  return {
    name: `postgresql-${version}`,
    image: `postgres:${version}-bookworm`,
    ...packages,
    program: 'initdb',
    says: `(PostgreSQL) ${version}.`,
    directories: [`/usr/lib/postgresql/${version}/bin`],
    data: { path: '/var/lib/postgresql/data', user: 'postgres' },
  }
}

/** Debian 12, on which images are made where no registry answers, has 15, and Debian 13 has 17. */
const VERSIONS = [
  { version: '17', programs: programs('17', { packages: ['postgresql-17'], suite: 'trixie' }) },
  { version: '16', programs: programs('16', { packages: null }) },
  { version: '15', programs: programs('15', { packages: ['postgresql-15'] }) },
]

export const postgresql: AddonService = {
  name: 'postgresql',
  title: 'PostgreSQL',
  aliases: ['postgres', 'pg'],
  versions: VERSIONS,
  plans: PLANS,
  names: { first: 'DATABASE', prefix: 'POSTGRESQL' },
  port: 5432,
  secureStart: {
    begins: 'client',
    client: (first) => first.equals(SSL_REQUEST),
    server: (first) => first.toString('latin1') === 'S',
  },

  launch: (size, address) => ({
    command: ['/bin/sh', '-c', LAUNCH_SCRIPT, 'postgresql', ...settings(size, address)],
    environment: {},
    limits: { pids: PIDS_LIMIT },
    stopGraceMs: STOP_GRACE_MS,
  }),
  ready,
  createDatabase,
  putCredential,
  dropCredential,
  dropDatabase,
  url: (database, { user, password }, { host, port }) =>
    `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database.name}`,
  info: information,
  gauges,
  client: (database, { user, password }, { host, port }) => ({
    command: ['psql'],
    environment: {
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database.name,
    },
  }),
  copies: { suffix: 'pgdump', count: counted, backup: dumped, restore: restored },
  archive: {
    begin: beginSpool,
    end: endSpool,
    estimate: estimated,
    read: readSegment,
    base: baseBackup,
    ...{ look, mark, discard, distance, recover, adopt },
  },
  tools: { reports: REPORTS, report, endSessions, changeExtension, changeSettings },
  upgrade: { stopWrites, allowWrites, makeRoom, following: FOLLOWING },
  transfers: {
    protocols: ['postgres:', 'postgresql:'],
    ...{ isEmpty, stage, takePlace, discard: discardStaged },
    ...{ export: exported, fetch: fetched, import: imported },
  },
}

/**
 * What an idle server does without is left out: no JIT, few workers. That it can be followed (postgres/publisher.ts) and follow
 * others costs about 1 MB and no restart later; a follower that stays away holds up no more of its log than SLOT_MB.
 */
function settings({ memoryMb, connections }: ServerSize, address: string): string[] {
  const values: Record<string, string | number> = {
    listen_addresses: address,
    max_connections: connections + SPARE_CONNECTIONS,
    shared_buffers: `${Math.floor(memoryMb / BUFFERS_PART)}MB`,
    effective_cache_size: `${Math.floor(memoryMb / 2)}MB`,
    maintenance_work_mem: `${Math.max(16, Math.floor(memoryMb / 16))}MB`,
    work_mem: '4MB',
    jit: 'off',
    huge_pages: 'off',
    max_worker_processes: 8,
    max_parallel_workers: 2,
    wal_level: 'logical',
    max_logical_replication_workers: 4,
    // Each table that is copied waits for it.
    wal_retrieve_retry_interval: '200ms',
    max_slot_wal_keep_size: `${SLOT_MB}MB`,
    autovacuum_max_workers: 2,
    max_wal_size: `${Math.max(256, memoryMb)}MB`,
    shared_preload_libraries: 'pg_stat_statements',
    'pg_stat_statements.max': 1000,
    track_io_timing: 'on',
    log_timezone: 'UTC',
    timezone: 'UTC',
    password_encryption: 'scram-sha-256',
    // Does nothing until an archive is begun, which then needs no restart.
    archive_mode: 'on',
    archive_command: ARCHIVE_COMMAND,
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}
