import type { Readable, Writable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Database, Recovering, Recovery, ServerAccess } from '../addon-service.ts'
import { programFailed } from '../piped-output.ts'
import { dropCredential, ownerOf, quoted } from './roles.ts'
import { SEGMENT_BYTES } from './segments.ts'
import { ready, session } from './session.ts'

const ADMIN = 'postgres'
const UNPACK = `set -eu; umask 077; cd "$PAAS_DATA_DIRECTORY"
rm -rf recovered recovering wal; mkdir recovering wal; exec tar -x -f - -C recovering`
/** Lines of a name and a number of bytes, each followed by so many bytes; what a segment lacks are zeros. */
const TAKE_SEGMENTS = `set -eu; umask 077; cd "$PAAS_DATA_DIRECTORY/wal"
while read -r name bytes; do head -c "$bytes" > "$name"; truncate -s ${SEGMENT_BYTES} "$name"; done`
/** What comes in is set where only recovery reads it. */
const PUT = `set -eu; umask 077; cd "$PAAS_DATA_DIRECTORY"
cat >> recovering/postgresql.auto.conf
: > recovering/recovery.signal
[ "$(id -u)" != 0 ] || chown -R --reference=cluster recovering wal
sync; mv recovering recovered`
/** At once: what it had is given up. */
const STOP = 'kill -QUIT "$(head -n 1 "$PAAS_DATA_DIRECTORY/cluster/postmaster.pid")"'
const REPLAYED = 'cat "$PAAS_DATA_DIRECTORY/wal/.at" 2>/dev/null || :'
const CLEAR = 'cd "$PAAS_DATA_DIRECTORY"; rm -rf wal'

/** The files, then the log of changes up to the moment; the server then goes on by itself on a timeline of its own. */
export async function recover({ base, segments, until }: Recovery, server: Recovering): Promise<void> {
  const { comeBack, reach, say, signal } = server
  say('reading the base')
  const stream = await base()
  await fed(await reach(), UNPACK, 'tar', signal, (stdin) => pipeline(stream, stdin, { signal }), stream)
  await fed(await reach(), TAKE_SEGMENTS, 'sh', signal, (stdin) => sendSegments(stdin, segments, say, signal))
  say(`going through ${segments.length} segments`)
  const target = postgresTime(until)
  await fed(await reach(), PUT, 'sh', signal, async (stdin) => void stdin.end(settings(target)))
  // With its server the command may be ended too.
  await output(await reach(), STOP).catch(() => undefined)
  await comeBack(async (access) => {
    const at = await output(access, REPLAYED).catch(() => '')
    const n = segments.findIndex(({ name }) => name === at)
    if (n >= 0) say(`going through segment ${n + 1} of ${segments.length}`)
    return await isRecovered(access, target, signal)
  })
  const access = await reach()
  await session(access, ADMIN, (client) => client.query('ALTER SYSTEM RESET ALL'))
  await output(access, CLEAR)
}

/** Logins go with what they had made passed to the owner: apps of the old database have no way into the new one. */
export async function adopt(access: ServerAccess, from: Database, to: Database): Promise<void> {
  const logins = await session(access, ADMIN, async (client) => {
    const is = async (name: string, sql: string) => (await client.query(sql, [name])).rowCount === 1
    if (await is(from.name, 'SELECT 1 FROM pg_database WHERE datname = $1')) {
      await client.query(`ALTER DATABASE ${quoted(from.name)} RENAME TO ${quoted(to.name)}`)
    }
    if (await is(ownerOf(from.name), 'SELECT 1 FROM pg_roles WHERE rolname = $1')) {
      await client.query(`ALTER ROLE ${quoted(ownerOf(from.name))} RENAME TO ${quoted(ownerOf(to.name))}`)
    }
    const members = await client.query<{ name: string }>(
      `SELECT m.rolname AS name FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid
       JOIN pg_roles m ON m.oid = a.member WHERE r.rolname = $1 AND m.rolname <> $2`,
      [ownerOf(to.name), ADMIN],
    )
    return members.rows.map(({ name }) => name)
  })
  for (const login of logins) await dropCredential(access, to, login)
}

function settings(target: string): string {
  const copy = `cp "../wal/%f" "%p" && printf %%s "%f" > ../wal/.at`
  const values = {
    restore_command: copy,
    recovery_target_time: target,
    recovery_target_action: 'promote',
    recovery_target_timeline: 'current',
    // The server may be a smaller one than that which wrote the log.
    hot_standby: 'off',
  }
  return Object.entries(values)
    .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
    .join('')
}

/** Zeros, of which a segment that was ended early mostly consists, are left out. */
async function sendSegments(
  stdin: Writable,
  segments: Recovery['segments'],
  say: Recovering['say'],
  signal: AbortSignal,
): Promise<void> {
  let n = 0
  const frames = async function* () {
    for (const { name, open } of segments) {
      n += 1
      say(`reading segment ${n} of ${segments.length}`)
      const bytes = withoutZeros(await buffer(await open()))
      yield Buffer.from(`${name} ${bytes.length}\n`)
      if (bytes.length > 0) yield bytes
    }
  }
  await pipeline(frames(), stdin, { signal })
}

const ZEROS = Buffer.alloc(64 * 1024)

function withoutZeros(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end >= ZEROS.length && bytes.subarray(end - ZEROS.length, end).equals(ZEROS)) end -= ZEROS.length
  return bytes.subarray(0, end)
}

/** Why what comes from the archive cannot be read says more than the program that is fed with it. */
async function fed(
  access: ServerAccess,
  script: string,
  program: string,
  signal: AbortSignal,
  feed: (stdin: Writable) => Promise<unknown>,
  source?: Readable,
): Promise<void> {
  const pipe = await access.pipe(['/bin/sh', '-c', script, program])
  const said = Promise.all([text(pipe.stderr), text(pipe.stdout)])
  pipe.stdin.on('error', () => {})
  const broken = await feed(pipe.stdin).then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  if (broken) pipe.stdin.destroy()
  const code = await pipe.exited
  signal.throwIfAborted()
  if (source?.errored) throw source.errored
  if (code !== 0 && !isOfArchive(broken?.error)) throw programFailed(program, code, (await said)[0])
  if (broken) throw broken.error
}

/** It was broken off by us, not by the program. */
function isOfArchive(error: unknown): boolean {
  return error !== undefined && !(error instanceof Error && 'syscall' in error) && !isPremature(error)
}

function isPremature(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
}

async function isRecovered(access: ServerAccess, target: string, signal: AbortSignal): Promise<boolean> {
  await ready(access, signal)
  type Row = { recovering: boolean; target: string }
  const sql = `SELECT pg_is_in_recovery() AS recovering, current_setting('recovery_target_time') AS target`
  const row = await session(access, ADMIN, async (client) => (await client.query<Row>(sql)).rows[0])
  return row?.recovering === false && row.target === target
}

async function output(access: ServerAccess, script: string): Promise<string> {
  const pipe = await access.pipe(['/bin/sh', '-c', script, 'recovery'])
  pipe.stdin.end()
  const [out] = await Promise.all([text(pipe.stdout), text(pipe.stderr), pipe.exited])
  return out
}

/** `2026-03-01 12:00:00.123+00`, in UTC. */
function postgresTime(at: Date): string {
  return at.toISOString().replace('T', ' ').replace('Z', '+00')
}
