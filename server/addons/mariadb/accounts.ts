import { createHash } from 'node:crypto'
import type { Database, Login, ServerAccess } from '../addon-service.ts'
import { newPassword } from '../credentials.ts'
import { ask, quoted } from './session.ts'

/**
 * Tables belong to a database, but views, triggers, routines and events act with the rights of the account that made them, and
 * break when it goes. So a login that is taken away is locked for good, and goes with its database. What a backup brings back
 * is made by an owner that nobody signs in as.
 */
export async function createDatabase(access: ServerAccess, { name }: Database): Promise<void> {
  const owner = accountOf(ownerOf(name))
  await ask(
    access,
    `CREATE DATABASE IF NOT EXISTS ${quoted(name)};
     CREATE USER IF NOT EXISTS ${owner} ACCOUNT LOCK;
     GRANT ALL PRIVILEGES ON ${asPattern(name)}.* TO ${owner};`,
  )
}

export async function putCredential(access: ServerAccess, database: Database, login: Login): Promise<void> {
  const account = accountOf(login.user)
  await ask(
    access,
    `CREATE USER IF NOT EXISTS ${account} ACCOUNT LOCK;
     GRANT ALL PRIVILEGES ON ${asPattern(database.name)}.* TO ${account};
     ALTER USER ${account} ${identifiedBy(login.password)} WITH MAX_USER_CONNECTIONS ${database.connections} ACCOUNT UNLOCK;`,
  )
}

/** New connections are refused before the old ones are ended; what it made works as before. */
export async function dropCredential(access: ServerAccess, database: Database, user: string): Promise<void> {
  const rows = await ask(access, `SELECT 1 FROM mysql.global_priv WHERE User = '${user}';`)
  if (rows.length === 0) return
  const account = accountOf(user)
  await ask(access, `ALTER USER ${account} ${identifiedBy(newPassword())} ACCOUNT LOCK; KILL HARD USER '${user}';`)
  const [[made] = []] = await ask(access, madeBy(database, user))
  if (made === '0') await ask(access, `DROP USER ${account};`)
}

/** Signs in as the owner for as long as `work` takes: with what apps may, and nothing more. */
export async function asOwner<T>(
  access: ServerAccess,
  { name }: Database,
  work: (login: Login) => Promise<T>,
): Promise<T> {
  const login = { user: ownerOf(name), password: newPassword() }
  const account = accountOf(login.user)
  await ask(access, `ALTER USER ${account} ${identifiedBy(login.password)} ACCOUNT UNLOCK;`)
  try {
    return await work(login)
  } finally {
    await ask(access, `ALTER USER ${account} ${identifiedBy(newPassword())} ACCOUNT LOCK;`)
  }
}

/** With all accounts that may use it. */
export async function dropDatabase(access: ServerAccess, { name }: Database): Promise<void> {
  const users = await ask(access, `SELECT User FROM mysql.db WHERE Db = '${name.replaceAll('_', '\\\\_')}';`)
  await ask(access, `DROP DATABASE IF EXISTS ${quoted(name)};`)
  for (const [user = ''] of users) {
    await ask(
      access,
      `ALTER USER ${accountOf(user)} ACCOUNT LOCK; KILL HARD USER '${user}'; DROP USER ${accountOf(user)};`,
    )
  }
}

export function ownerOf(database: string): string {
  return `${database}_owner`
}

/** From anywhere: who gets to the server at all is the network's to say. */
function accountOf(user: string): string {
  return `'${user}'@'%'`
}

/** In a grant `_` stands for any character, and would open the databases of others. */
function asPattern(database: string): string {
  return quoted(database.replaceAll('_', '\\_'))
}

/** What the server keeps of a password: handed over in this form, the password itself appears in no statement. */
function identifiedBy(password: string): string {
  const once = createHash('sha1').update(password).digest()
  const digest = createHash('sha1').update(once).digest('hex').toUpperCase()
  return `IDENTIFIED VIA mysql_native_password USING '*${digest}'`
}

function madeBy({ name }: Database, user: string): string {
  const kinds = { VIEWS: 'TABLE', TRIGGERS: 'TRIGGER', ROUTINES: 'ROUTINE', EVENTS: 'EVENT' }
  const counts = Object.entries(kinds).map(
    ([table, kind]) =>
      `(SELECT count(*) FROM information_schema.${table} WHERE ${kind}_SCHEMA = '${name}' AND DEFINER = '${user}@%')`,
  )
  return `SELECT ${counts.join(' + ')};`
}
