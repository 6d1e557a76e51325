import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Endpoint } from '../../engine/engine.ts'
import { hasErrorCode, PaasError } from '../../errors.ts'
import type { AddonFollowing, Counted, Database, Followed, ServerAccess } from '../addon-service.ts'
import { about } from '../backups/facts.ts'
import { newPassword } from '../credentials.ts'
import { countingNow } from './count.ts'
import { restored, shapeDumped } from './dump.ts'
import { obstacle } from './obstacles.ts'
import { admitFollower, FOLLOW, publish, unpublish } from './publisher.ts'
import { quoted } from './roles.ts'
import { copySequences } from './sequences.ts'
import { session } from './session.ts'
import { shapeOf } from './shape.ts'
import { forgetPassword, MINE, subscribe, unsubscribe } from './subscriber.ts'

/** Writers wait for it: after that they are let go on, and all is as it was. */
const CATCH_UP_MS = 10_000
const ASK_AGAIN_MS = 15
/** As long as writers wait. */
const COUNT_MS = 800
/** A connection that broke off is one; what cannot be applied fails every few seconds. */
const ERRORS = 4
/** SQLSTATE: there is no such database. */
const NO_DATABASE = '3D000'

/** By logical replication: one publication, one subscription and one slot, which live as long as the upgrade runs. */
export const FOLLOWING: AddonFollowing = {
  ...{ obstacle, begin, look, settle, catchUp, finish, tidy },
  shape: shapeOf,
  leave: (to, { name }) => session(to, name, unsubscribe),
}

async function begin(from: ServerAccess, to: ServerAccess, database: Database, at: Endpoint, signal: AbortSignal) {
  const shape = await shapeDumped(from, database, signal)
  try {
    await restored(to, database, shape, signal)
  } finally {
    shape.destroy()
  }
  const login = { user: followerOf(database), password: newPassword() }
  await admitFollower(from, database, login)
  await publish(from, database)
  const tls = await session(from, database.name, async (client) => {
    const { rows } = await client.query<{ ssl: string }>(`SELECT current_setting('ssl') AS ssl`)
    return rows[0]?.ssl === 'on'
  })
  await subscribe(to, database, at, login, tls)
}

const COPYING = `SELECT count(*) FILTER (WHERE r.srsubstate <> 'r')::int AS left,
  (SELECT sum(apply_error_count + sync_error_count)::int FROM pg_stat_subscription_stats WHERE subname = '${FOLLOW}') AS errors
  FROM (${MINE}) mine LEFT JOIN pg_subscription_rel r ON r.srsubid = mine.oid GROUP BY mine.oid`

async function look(from: ServerAccess, to: ServerAccess, database: Database): Promise<Followed> {
  const [copying] = await session(to, database.name, async (client) => {
    return (await client.query<{ left: number; errors: number | null }>(COPYING)).rows
  })
  const [slot] = await session(from, database.name, async (client) => {
    const sql = `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::float AS behind, wal_status AS status
      FROM pg_replication_slots WHERE slot_name = $1`
    return (await client.query<{ behind: number; status: string }>(sql, [`${FOLLOW}_${database.name}`])).rows
  })
  if (!slot || !copying) throw givenUp('the new server follows the old one no more')
  if (slot.status === 'lost') throw givenUp('apps wrote more meanwhile than the old server keeps for the new one')
  if ((copying.errors ?? 0) >= ERRORS) throw givenUp('the new server cannot take over what is written to the old one')
  return { tablesLeft: copying.left, behindBytes: slot.behind }
}

/** What was computed from rows is computed anew, by their owner; planners know the tables from the first query on. */
async function settle(from: ServerAccess, to: ServerAccess, { name }: Database, signal: AbortSignal): Promise<void> {
  const views = await session(from, name, async (client) => (await client.query<{ name: string }>(VIEWS)).rows)
  await session(
    to,
    name,
    async (client) => {
      // Each after those that it reads, whose numbers are lower as a dump makes them first.
      const order = `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' ORDER BY c.oid`
      const known = new Set(views.map((each) => each.name))
      for (const view of (await client.query<{ name: string }>(order)).rows)
        if (known.has(view.name)) await client.query(`REFRESH MATERIALIZED VIEW ${view.name}`)
      await client.query('ANALYZE')
    },
    { queryMs: 0, signal },
  )
}

const VIEWS = `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'm' AND c.relispopulated`

/** The message is a commit that is on disk when it returns, and with it all that was committed before. */
async function catchUp(from: ServerAccess, database: Database, signal: AbortSignal): Promise<void> {
  const until = performance.now() + CATCH_UP_MS
  await session(from, database.name, async (client) => {
    await client.query(`SET synchronous_commit = on; SELECT pg_logical_emit_message(true, '${FOLLOW}', '')`)
    const { rows } = await client.query<{ end: string }>('SELECT pg_current_wal_insert_lsn()::text AS end')
    const has = `SELECT confirmed_flush_lsn >= $2::pg_lsn AS there FROM pg_replication_slots WHERE slot_name = $1`
    for (;;) {
      const answer = await client.query<{ there: boolean }>(has, [`${FOLLOW}_${database.name}`, rows[0]?.end])
      if (answer.rows[0]?.there) break
      if (performance.now() > until) throw givenUp(`the new server was ${CATCH_UP_MS / 1_000} s behind`)
      await pause(ASK_AGAIN_MS, undefined, { signal })
    }
  })
}

async function finish(from: ServerAccess, to: ServerAccess, database: Database) {
  const count = (access: ServerAccess) =>
    session(access, database.name, async (client) => (await countingNow(client)).facts(COUNT_MS))
  const [old, fresh] = await Promise.all([count(from), count(to), copySequences(from, to, database)])
  const all = { ...old, ...fresh }
  const exact = (facts: Counted['facts']) =>
    Object.fromEntries(Object.entries(facts).filter(([each]) => !(about(each) in all)))
  return { before: exact(old), after: exact(fresh) }
}

/** Nothing can be left of it where the database is not. */
async function tidy(access: ServerAccess, database: Database): Promise<void> {
  const follower = followerOf(database)
  const work = async (client: Client) => {
    const { rows } = await client.query<{ left: boolean }>(LEFT, [database.name, follower, FOLLOW])
    if (!rows[0]?.left) return false
    await unsubscribe(client)
    await unpublish(client, database)
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [follower])
    if (rowCount === 0) return true
    await client.query(`DROP OWNED BY ${quoted(follower)}`)
    await client.query(`DROP ROLE ${quoted(follower)}`)
    return true
  }
  try {
    if (await session(access, database.name, work)) await forgetPassword(access)
  } catch (error) {
    if (!hasErrorCode(error, NO_DATABASE)) throw error
  }
}

const LEFT = `SELECT EXISTS (SELECT FROM pg_replication_slots WHERE database = $1) OR EXISTS (${MINE})
  OR EXISTS (SELECT FROM pg_roles WHERE rolname = $2) OR EXISTS (SELECT FROM pg_publication WHERE pubname = $3 AND pubowner = 'postgres'::regrole) AS left`

function followerOf({ name }: Database): string {
  return `${name}_follower`
}

function givenUp(why: string): PaasError {
  return new PaasError('failed', 'upgrade.behind', `The upgrade was given up, and all is as it was: ${why}.`, {
    fix: 'Try again when less is written.',
    command: 'paas pg:upgrade:dryrun',
  })
}
