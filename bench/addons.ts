import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { chmod, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { AddonRecord } from '../server/addons/addon-records.ts'
import { AddonThings } from '../server/addons/backups/addon-things.ts'
import { type OpenedBackups, openBackups } from '../server/addons/backups/open.ts'
import { databaseOf } from '../server/addons/servers.ts'
import type { AppRecord } from '../server/apps/apps.ts'
import { Settings } from '../server/db/settings.ts'
import { createLog } from '../server/log.ts'
import { AddonsKit } from '../test/addons-kit.ts'
import { median } from './load.ts'
import { printTable } from './table.ts'

const run = promisify(execFile)
const ROUNDS = 3
const IDLE_MS = 5_000
const MB = 1024 ** 2
/** What pgbench makes of one unit of its scale. */
const SCALE_MB = 15
const DUMP = 'pg_dump -h "$PAAS_DATA_DIRECTORY/s" -p "$PORT" -U postgres -Fc -Z0 -d "$1" | zstd -3 -q -f -o "$2"'
const RESTORE =
  'zstd -dc "$2" | pg_restore -h "$PAAS_DATA_DIRECTORY/s" -p "$PORT" -U postgres --single-transaction --no-owner -d "$1"'

/**
 * `[megabytes]` of pgbench's tables (1024). Backup and restore against the bare `pg_dump | zstd` and `zstd -d | pg_restore` beside
 * the same server, in turns; medians. On the embedded engine: what is compared is the way, not the container.
 */
export async function bench(args: string[]) {
  const megabytes = Number(args[0] ?? 1024)
  // What the engine waits with does not keep a program alive.
  const alive = setInterval(() => {}, 1_000)
  await using kit = await AddonsKit.start()
  const app = kit.app('bench')
  const begun = performance.now()
  const addon = await kit.make(app, 'postgresql')
  const create_s = seconds(performance.now() - begun)
  const cache = await kit.make(app, 'redis')
  await pause(IDLE_MS)
  const idle = { pg_idle_mb: await idleMb(kit, addon), redis_idle_mb: await idleMb(kit, cache) }
  const url = kit.variables(app)['DATABASE_URL'] ?? ''
  await run('pgbench', ['-i', '-q', `--scale=${Math.max(1, Math.round(megabytes / SCALE_MB))}`, url])
  const ratios = await compare(kit, app, addon)
  clearInterval(alive)
  return { create_s, ...idle, ...ratios }
}

async function compare(kit: AddonsKit, app: AppRecord, addon: AddonRecord) {
  const directory = mkdtempSync(join(tmpdir(), 'paas-bench-'))
  const bareFile = join(directory, 'bare', 'dump.zst')
  await mkdir(join(directory, 'bare'))
  // The server's programs run as another user.
  for (const path of [directory, join(directory, 'bare')]) await chmod(path, 0o777)
  const things = new AddonThings({ addons: kit.addons, rows: kit.stores.addonRows, apps: kit.apps, box: kit.box })
  const opened = openOver(kit, things, join(directory, 'store'))
  const times: Record<'bareDump' | 'ourBackup' | 'bareRestore' | 'ourRestore', number[]> = {
    bareDump: [],
    ourBackup: [],
    bareRestore: [],
    ourRestore: [],
  }
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      times.bareDump.push(await timed(() => bare(kit, addon, DUMP, bareFile)))
      const { name, ms } = await backUp(opened, kit, app, addon)
      times.ourBackup.push(ms)
      times.bareRestore.push(await intoNew(kit, app, (fresh) => bare(kit, fresh, RESTORE, bareFile)))
      times.ourRestore.push(await intoNew(kit, app, (fresh) => restore(opened, kit, app, name, fresh)))
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
  printTable([
    ['', 's, each round', 'median'],
    ...Object.entries(times).map(([what, ms]) => [what, ms.map(seconds).join(' '), seconds(median(ms))]),
  ])
  return {
    backup_ratio: ratio(times.ourBackup, times.bareDump),
    restore_ratio: ratio(times.ourRestore, times.bareRestore),
  }
}

/** Not started: it does what it is told, and proves nothing meanwhile. */
function openOver(kit: AddonsKit, things: AddonThings, directory: string): OpenedBackups {
  return openBackups({
    ...{ db: kit.db, box: kit.box, settings: new Settings(kit.db), directory, boxId: 'box_bench', things },
    activity: { record: () => undefined },
    nameOfApp: (id) => kit.apps.findById(id)?.name,
    requireSpace: async () => undefined,
    log: createLog('bench', 'error'),
  })
}

async function backUp({ backups, work, records }: OpenedBackups, kit: AddonsKit, app: AppRecord, addon: AddonRecord) {
  const { id, name } = backups.create(kit.actor, app, addon.name, 'manual')
  const ms = await timed(() => work.make(records.get(id), new AbortController().signal))
  return { name, ms }
}

async function restore({ backups }: OpenedBackups, kit: AddonsKit, app: AppRecord, name: string, into: AddonRecord) {
  const { signal } = new AbortController()
  const { stream } = await backups.download(kit.actor, app, name, { opened: true, signal })
  await kit.addons.restore(into, stream, signal)
}

/** An addon that holds nothing yet; its making is not counted. */
async function intoNew(kit: AddonsKit, app: AppRecord, work: (fresh: AddonRecord) => Promise<void>): Promise<number> {
  const fresh = await kit.make(app, 'postgresql', { attach: false })
  const ms = await timed(() => work(fresh))
  kit.addons.destroy(kit.actor, fresh, { backup: false })
  await kit.addons.settled(fresh.id)
  return ms
}

async function bare(kit: AddonsKit, addon: AddonRecord, line: string, file: string): Promise<void> {
  const access = await kit.addons.servers.access(kit.addons.server(addon))
  const pipe = await access.pipe(['/bin/sh', '-c', line, 'bare', databaseOf(addon).name, file])
  pipe.stdin.end()
  const [code, said] = await Promise.all([pipe.exited, text(pipe.stderr), text(pipe.stdout)])
  if (code !== 0) throw new Error(`it ended with ${code}: ${said}`)
}

/** What the processes of the server hold, each page shared by several counted once. */
async function idleMb(kit: AddonsKit, addon: AddonRecord): Promise<number> {
  const { id } = kit.addons.server(addon)
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && directoryOf(name).includes(`/${id}`))
  const kilobytes = pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0))
  return Math.round((kilobytes.reduce((sum, each) => sum + each, 0) * 1024 * 10) / MB) / 10
}

function directoryOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

function seconds(ms: number): number {
  return Math.round(ms / 10) / 100
}

function ratio(ours: number[], theirs: number[]): number {
  return Math.round((median(ours) / median(theirs)) * 100) / 100
}
