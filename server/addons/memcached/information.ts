import type { Info, ServerAccess } from '../addon-service.ts'
import { asPlatform } from './logins.ts'

const MIB = 1024 ** 2

export async function memcachedInformation(access: ServerAccess): Promise<Info> {
  const facts = new Map(
    (await asPlatform(access, (send) => send('stat'))).map(({ key, value }) => [key, value.toString()]),
  )
  const number = (name: string) => Number(facts.get(name) ?? 0)
  const asked = number('cmd_get')
  return [
    ['Version', facts.get('version') ?? '-'],
    ['Data size', `${(number('bytes') / MIB).toFixed(1)} MB of ${number('limit_maxbytes') / MIB} MB`],
    ['Items', String(number('curr_items'))],
    ['Hits', asked === 0 ? '-' : `${((100 * number('get_hits')) / asked).toFixed(1)} %`],
    ['Pushed out', `${number('evictions')} to make room`],
    ['Connections', `at most ${number('max_connections')}`],
  ]
}
