import { messageOf, PaasError } from '../errors.ts'
import type { AddonRecord, ServerRecord } from './addon-records.ts'
import type { AddonService, Database, ServerAccess } from './addon-service.ts'
import type { Facts } from './backups/backed.ts'
import { difference } from './backups/facts.ts'
import type { CredentialRecord } from './credentials.ts'
import type { Say } from './servers.ts'

/** Of one database, to the server of another addon. */
export type Move = {
  addon: AddonRecord
  service: AddonService
  upgrade: NonNullable<AddonService['upgrade']>
  database: Database
  logins: CredentialRecord[]
  /** The server that it is in, and the one that it goes to. */
  from: ServerRecord
  to: ServerRecord
  outside: ServerAccess
  inside: ServerAccess
  say: Say
  signal: AbortSignal
}

/** How the rows get there. */
export type Way = {
  /** All of it, with the logins, is there and compared, and nobody can write to the old server, when it resolves. */
  carry(move: Move): Promise<void>
  /** The same without stopping anybody, and taken away again. Returns what was seen, and for how long writes would have stopped. */
  rehearse(move: Move): Promise<{ facts: Facts; ms: number; words: string }>
}

export function usersOf({ logins }: Move): string[] {
  return logins.map(({ user }) => user)
}

/** Throws `upgrade.other`. `writtenTo`: it can only differ because somebody wrote. */
export function requireSame(before: Facts, after: Facts, writtenTo?: AddonRecord): void {
  const other = difference(before, after) ?? difference(after, before)
  if (other === undefined) return
  const why = writtenTo ? `${writtenTo.name} was written to all the same` : 'the copy is not what was copied'
  throw otherThan(`${why} (${other})`, 'See who writes past its own logins (pg:sessions), and try again.')
}

export function otherThan(why: string, fix: string): PaasError {
  return new PaasError('failed', 'upgrade.other', `The upgrade was given up, and all is as it was: ${why}.`, {
    fix,
    command: 'paas pg:upgrade:dryrun',
  })
}

export function notEmpty({ name }: AddonRecord): PaasError {
  return new PaasError('conflict', 'upgrade.not-empty', `There is something in ${name}, and it stays as it is.`, {
    fix: 'Rename it or destroy it, and prepare another one.',
    command: 'paas pg:upgrade:prepare',
  })
}

/** Why an upgrade did not come about, for the row of an addon that is as it was. */
export function whyNot(error: unknown): string {
  return error instanceof PaasError ? error.message : `the upgrade was given up: ${messageOf(error)}`
}
