import { existsSync, mkdirSync, statSync } from 'node:fs'
import type { Config } from './config.ts'
import { Database } from './db/database.ts'
import { newId } from './db/ids.ts'
import { SecretBox } from './db/secret-box.ts'
import { Settings } from './db/settings.ts'
import { clearEngine } from './engine/open.ts'
import { PaasError } from './errors.ts'
import type { Log } from './log.ts'
import { Claims } from './people/claims.ts'
import { Tokens } from './people/tokens.ts'
import { Users } from './people/users.ts'

const WRITABLE_TO_OTHERS = 0o022

/** Idempotent but for the claim secret, which is new each time until the box is claimed. */
export function initialise(config: Config): { event: 'initialised'; data: string; claim: string | null } {
  for (const directory of [config.data, config.repositories, config.builds, config.logs]) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    refuseShared(directory)
  }
  if (!existsSync(config.secretKey)) SecretBox.create(config.secretKey)
  SecretBox.open(config.secretKey)
  using db = Database.open(config.database)
  const settings = new Settings(db)
  if (settings.get('box_id') === undefined) settings.set('box_id', newId('box'))
  if (settings.get('base_domain') === undefined) settings.set('base_domain', config.baseDomain)
  const claims = claimsOf(db)
  return { event: 'initialised', data: config.data, claim: claims.claimed() ? null : claims.issue() }
}

/** One that was there before us: others who may write there could put a key or a database of their own in our place. */
function refuseShared(directory: string): void {
  const mode = statSync(directory).mode & 0o777
  if ((mode & WRITABLE_TO_OTHERS) === 0) return
  throw new PaasError(
    'failed',
    'data.exposed',
    `Other users of this machine may write to ${directory} (mode ${mode.toString(8)}).`,
    { fix: 'Make it private, or set PAAS_DATA to a directory of its own.', command: `chmod 700 ${directory}` },
  )
}

/** Throws `claim.taken` once the box has its first user. */
export function issueClaim(config: Config): { event: 'claim'; claim: string } {
  using db = Database.open(config.database)
  return { event: 'claim', claim: claimsOf(db).issue() }
}

export async function removeInstances(config: Config, log: Log, { data }: { data: boolean }): Promise<void> {
  using db = Database.open(config.database)
  const boxId = new Settings(db).get('box_id')
  if (boxId !== undefined) await clearEngine(config, boxId, log, data)
}

function claimsOf(db: Database): Claims {
  const users = new Users(db)
  return new Claims(db, users, new Tokens(db))
}
