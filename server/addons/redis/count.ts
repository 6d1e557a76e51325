import type { Counted, ServerAccess } from '../addon-service.ts'
import { readFacts } from './information.ts'
import { redisSession } from './session.ts'

export async function redisCount(access: ServerAccess): Promise<Counted> {
  return countedIn(String(await redisSession(access, (send) => send('INFO'))))
}

/** Keys that stay until somebody removes them: of the others, few may be left when a copy is looked at. */
export function countedIn(information: string): Counted {
  const facts = readFacts(information)
  const databases = [...facts].filter(([name]) => /^db\d+$/.test(name)).map(([, value]) => value)
  const lasting = databases.map((value) => numberIn(value, 'keys') - numberIn(value, 'expires'))
  return {
    facts: { 'lasting keys': lasting.reduce((sum, each) => sum + each, 0) },
    bytes: Number(facts.get('used_memory') ?? 0),
  }
}

function numberIn(value: string, name: string): number {
  return Number(new RegExp(`\\b${name}=(\\d+)`).exec(value)?.[1] ?? 0)
}
