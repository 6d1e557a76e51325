import type { Info, ServerAccess } from '../addon-service.ts'
import { redisSession } from './session.ts'

export async function redisInformation(access: ServerAccess): Promise<Info> {
  const facts = readFacts(String(await redisSession(access, (send) => send('INFO'))))
  const keys = [...facts]
    .filter(([name]) => /^db\d+$/.test(name))
    .map(([, value]) => Number(/keys=(\d+)/.exec(value)?.[1]))
  const limit = facts.get('maxmemory_human')
  return [
    ['Version', facts.get('valkey_version') ?? facts.get('redis_version') ?? '-'],
    ['Data size', `${facts.get('used_memory_human') ?? '-'} of ${limit ?? '-'}`],
    ['Keys', String(keys.reduce((sum, each) => sum + each, 0))],
    // The one that asks is not counted.
    [
      'Connections',
      `${Math.max(0, Number(facts.get('connected_clients')) - 1)}, at most ${facts.get('maxclients') ?? '-'}`,
    ],
    ['Written down', facts.get('aof_last_write_status') === 'ok' ? 'every second' : 'failing'],
  ]
}

/** `name:value` lines between headings. */
export function readFacts(text: string): Map<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':') && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}
