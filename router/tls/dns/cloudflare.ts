import { call } from '../https-call.ts'
import { type DnsProviderMaker, setting, type TxtRecord } from './dns-provider.ts'

const API = 'https://api.cloudflare.com/client/v4'
const TTL_SECONDS = 60

type Envelope<Result> = { success?: boolean; errors?: { message?: string }[]; result: Result }
type Api = <Result>(method: string, path: string, body?: object) => Promise<Result>

/** Settings: `token` (may edit the zone's DNS), and `api` where it is not Cloudflare's own. */
export const cloudflare: DnsProviderMaker = (settings) => {
  const token = setting('cloudflare', settings, 'token')
  const api = settings['api'] ?? API
  return {
    async add(record, signal) {
      const ask = asker(api, token, signal)
      const path = `/zones/${await zoneId(ask, record)}/dns_records`
      await ask('POST', path, { type: 'TXT', name: record.name, content: record.value, ttl: TTL_SECONDS })
    },
    async remove(record, signal) {
      const ask = asker(api, token, signal)
      const path = `/zones/${await zoneId(ask, record)}/dns_records`
      const query = new URLSearchParams({ type: 'TXT', name: record.name, content: record.value })
      const found = await ask<{ id: string }[]>('GET', `${path}?${query}`)
      for (const { id } of found) await ask('DELETE', `${path}/${id}`)
    },
  }
}

async function zoneId(ask: Api, { zone }: TxtRecord): Promise<string> {
  const [found] = await ask<{ id: string }[]>('GET', `/zones?${new URLSearchParams({ name: zone })}`)
  if (!found) throw new Error(`the token does not see the zone ${zone}`)
  return found.id
}

function asker(api: string, token: string, signal: AbortSignal): Api {
  return async <Result>(method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const text = body ? JSON.stringify(body) : ''
    const answer = await call(api + path, { method, headers, body: text, signal })
    const envelope = parse<Result>(answer.body)
    if (answer.status < 300 && envelope?.success) return envelope.result
    const reason = envelope?.errors?.map(({ message }) => message).join('; ')
    throw new Error(`Cloudflare answered ${answer.status}${reason ? `: ${reason}` : ''}`)
  }
}

function parse<Result>(text: string): Envelope<Result> | undefined {
  try {
    return JSON.parse(text) as Envelope<Result>
  } catch {
    return undefined
  }
}
