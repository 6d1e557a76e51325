import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Mark, ServerAccess, Spool } from '../addon-service.ts'
import { outputOf, programFailed } from '../piped-output.ts'
import { GIVE_UP_FREE_KB } from './archive-script.ts'
import { session } from './session.ts'

const ADMIN = 'postgres'
const ID = /^[a-z0-9_]+$/
const SEGMENT = /^[0-9A-F]{24}$/

/** Asked over SQL, which costs a tenth of a command beside the server. A name appears only when all of it is on disk. */
const LOOK = `SELECT pg_current_snapshot()::text AS moment,
  (SELECT CASE WHEN last_failed_time > coalesce(last_archived_time, '-infinity') THEN last_failed_wal END
    FROM pg_stat_archiver) AS failing,
  (pg_stat_file($1, true)).isdir IS NOT NULL AS there,
  (SELECT coalesce(json_agg(json_build_object('name', name, 'bytes', (pg_stat_file($1 || '/' || name, true)).size)
    ORDER BY name), '[]') FROM pg_ls_dir($1, true, false) AS name) AS files`

/**
 * Not while it would soon be given up again. It belongs to whom the data belong to, where the command itself runs as somebody
 * mightier.
 */
const BEGIN = `set -eu; umask 077; cd "$PAAS_DATA_DIRECTORY"
free=$(df -Pk . | awk 'NR == 2 { print $4 }')
if [ "$free" -lt ${2 * GIVE_UP_FREE_KB} ]; then echo "only $free KB are free on its disk" >&2; exit 1; fi
mkdir -p "archive/$1"
[ "$(id -u)" != 0 ] || chown --reference=cluster archive "archive/$1"; sync archive`
const END = 'cd "$PAAS_DATA_DIRECTORY"; rm -rf "archive/$1"'
const READ = 'cd "$PAAS_DATA_DIRECTORY/archive/$1"; exec cat -- "$2"'
const DISCARD = 'cd "$PAAS_DATA_DIRECTORY/archive/$1" || exit 0; shift; exec rm -f -- "$@"'
/** At a time: arguments have a limit. */
const DISCARDED_AT_ONCE = 500

export async function beginSpool(access: ServerAccess, id: string): Promise<void> {
  await run(access, BEGIN, checked(id, ID))
}

export async function endSpool(access: ServerAccess, id: string): Promise<void> {
  await run(access, END, checked(id, ID))
}

export async function look(access: ServerAccess, id: string): Promise<Spool> {
  type Row = { moment: string; failing: string | null; there: boolean; files: { name: string; bytes: number }[] }
  return await session(access, ADMIN, async (client) => {
    const at = await client.query<{ d: string }>(`SELECT current_setting('data_directory') AS d`)
    const place = `${at.rows[0]?.d}/../archive/${checked(id, ID)}`
    const row = (await client.query<Row>(LOOK, [place])).rows[0]
    if (!row) throw new Error('a query of one row gave none')
    const { files, ...rest } = row
    return { ...rest, segments: files.filter(({ name }) => SEGMENT.test(name)) }
  })
}

/**
 * A commit of its own is what recovery stops before; the segment is ended after it. What others commit after the moment was
 * read shows in the next one, so that nothing is ever taken for archived that is not.
 */
export async function mark(access: ServerAccess, since: string | null): Promise<Mark> {
  return await session(access, ADMIN, async (client) => {
    const at = new Date()
    const own = await client.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id')
    const read = await client.query<{ moment: string }>('SELECT pg_current_snapshot()::text AS moment')
    const switched = await client.query<{ name: string }>('SELECT pg_walfile_name(pg_switch_wal()) AS name')
    const moment = read.rows[0]?.moment ?? ''
    const quiet = since !== null && moment === onlyAfter(since, own.rows[0]?.id ?? '')
    return { at, segment: switched.rows[0]?.name ?? '', moment, quiet }
  })
}

/** The snapshot that comes of this one when one transaction with this number has begun and ended, and nothing else has. */
function onlyAfter(snapshot: string, id: string): string | undefined {
  const [min = '', max = '', running = ''] = snapshot.split(':')
  if (max !== id) return undefined
  const next = String(BigInt(id) + 1n)
  return `${min === max ? next : min}:${next}:${running}`
}

export async function readSegment(
  access: ServerAccess,
  id: string,
  segment: string,
  signal: AbortSignal,
): Promise<Readable> {
  const pipe = await access.pipe(['/bin/sh', '-c', READ, 'read', checked(id, ID), checked(segment, SEGMENT)])
  pipe.stdin.end()
  return outputOf(pipe, 'cat', signal)
}

export async function discard(access: ServerAccess, id: string, segments: string[]): Promise<void> {
  for (let at = 0; at < segments.length; at += DISCARDED_AT_ONCE) {
    const names = segments.slice(at, at + DISCARDED_AT_ONCE).map((name) => checked(name, SEGMENT))
    await run(access, DISCARD, checked(id, ID), ...names)
  }
}

async function run(access: ServerAccess, script: string, ...values: string[]): Promise<void> {
  const pipe = await access.pipe(['/bin/sh', '-c', script, 'archive', ...values])
  pipe.stdin.end()
  const [code, said] = await Promise.all([pipe.exited, text(pipe.stderr), text(pipe.stdout)])
  if (code !== 0) throw programFailed('sh', code, said)
}

/** Names of files are made of these. */
function checked(name: string, form: RegExp): string {
  if (form.test(name)) return name
  throw new Error(`${JSON.stringify(name)} is no name of an archive's`)
}
