import type { Gauge, ServerAccess } from '../addon-service.ts'
import { readFacts } from './information.ts'
import { redisSession } from './session.ts'

const MB = 1024 ** 2

/** Of a server that refuses writes when its memory is full. */
export async function redisGauges(access: ServerAccess): Promise<Gauge[]> {
  const facts = readFacts(String(await redisSession(access, (send) => send('INFO'))))
  const numberOf = (name: string) => Number(facts.get(name) ?? 0)
  // The one that asks is not counted.
  const open = Math.max(0, numberOf('connected_clients') - 1)
  const [clients, memory, limit] = [numberOf('maxclients'), numberOf('used_memory'), numberOf('maxmemory')]
  const mb = (bytes: number) => Math.round(bytes / MB)
  const gauges: Gauge[] = [
    {
      ...{ name: 'connections', used: open, limit: clients },
      words: `${open} of ${clients} connections are open: use a smaller pool or a larger plan.`,
    },
  ]
  if (limit > 0) {
    const words = `${mb(memory)} of ${mb(limit)} MB are used, and a full one refuses writes: let keys expire or take a larger plan.`
    gauges.push({ name: 'memory', used: memory, limit, words })
  }
  return gauges
}
