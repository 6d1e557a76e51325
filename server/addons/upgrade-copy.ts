import type { Facts } from './backups/backed.ts'
import { copiesOf } from './services.ts'
import { type Move, requireSame, usersOf, type Way } from './upgrade-move.ts'

/** The long way, for what cannot be followed: writes are stopped before anything is copied, and every row is counted. */
export const byCopy: Way = {
  async carry(move) {
    const { addon, database, inside, logins, outside, say, service, upgrade } = move
    say('stopping writes')
    await upgrade.stopWrites(outside, database, usersOf(move))
    const facts = await copy(move)
    requireSame(facts, (await copiesOf(service).count(outside, database)).facts, addon)
    for (const login of logins) await service.putCredential(inside, database, login)
  },

  async rehearse(move) {
    const began = performance.now()
    const facts = await copy(move)
    return { facts, ms: performance.now() - began, words: 'are the same' }
  },
}

async function copy({ database, inside, outside, say, service, signal, upgrade }: Move): Promise<Facts> {
  const copies = copiesOf(service)
  await upgrade.makeRoom(outside, inside, database)
  say('copying')
  const { facts, stream } = await copies.backup(outside, database, signal)
  try {
    await copies.restore(inside, database, stream, signal)
  } finally {
    stream.destroy()
  }
  say('comparing')
  requireSame(await facts, (await copies.count(inside, database)).facts)
  return await facts
}
