import { createHash, createHmac } from '../../builtins.ts'
import { call } from '../https-call.ts'
import { type DnsProviderMaker, setting, type TxtRecord } from './dns-provider.ts'

const API = 'https://route53.amazonaws.com'
const VERSION = '/2013-04-01'
/** Route 53 is one for the world, and signs for this region. */
const SCOPE = 'us-east-1/route53/aws4_request'
const TTL_SECONDS = 60

type Keys = { id: string; secret: string; session: string | undefined }

/** Settings: `accessKeyId`, `secretAccessKey`, `hostedZoneId`; perhaps `sessionToken`, and `api` for tests. */
export const route53: DnsProviderMaker = (settings) => {
  const keys: Keys = {
    id: setting('route53', settings, 'accessKeyId'),
    secret: setting('route53', settings, 'secretAccessKey'),
    session: settings['sessionToken'],
  }
  const zone = setting('route53', settings, 'hostedZoneId')
  const url = `${settings['api'] ?? API}${VERSION}/hostedzone/${encodeURIComponent(zone)}/rrset/`
  const change = async (action: 'UPSERT' | 'DELETE', record: TxtRecord, signal: AbortSignal) => {
    const body = changeOf(action, record)
    const headers = { ...signature(keys, 'POST', new URL(url), body, new Date()), 'content-type': 'application/xml' }
    const answer = await call(url, { method: 'POST', headers, body, signal })
    if (answer.status === 200) return
    const [, reason] = /<Message>([\s\S]*?)<\/Message>/.exec(answer.body) ?? []
    throw new Error(`Route 53 answered ${answer.status}${reason ? `: ${reason}` : ''}`)
  }
  return {
    add: (record, signal) => change('UPSERT', record, signal),
    remove: (record, signal) => change('DELETE', record, signal),
  }
}

/** AWS Signature Version 4 over host, date and body. */
export function signature(keys: Keys, method: string, url: URL, body: string, now: Date): Record<string, string> {
  const date = now.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = date.slice(0, 8)
  const signed: Record<string, string> = { host: url.host, 'x-amz-date': date }
  if (keys.session) signed['x-amz-security-token'] = keys.session
  const names = Object.keys(signed).sort()
  const lines = names.map((name) => `${name}:${signed[name]}\n`).join('')
  const request = [method, url.pathname, '', lines, names.join(';'), sha256(body)].join('\n')
  const text = ['AWS4-HMAC-SHA256', date, `${day}/${SCOPE}`, sha256(request)].join('\n')
  const key = [day, ...SCOPE.split('/')].reduce<string | Buffer>((last, part) => hmac(last, part), `AWS4${keys.secret}`)
  const seal = hmac(key, text).toString('hex')
  const credential = `${keys.id}/${day}/${SCOPE}`
  const { host: _host, ...sent } = signed
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${seal}`,
  }
}

function changeOf(action: string, { name, value }: TxtRecord): string {
  const set = `<Name>${name}.</Name><Type>TXT</Type><TTL>${TTL_SECONDS}</TTL><ResourceRecords><ResourceRecord><Value>"${value}"</Value></ResourceRecord></ResourceRecords>`
  const change = `<Change><Action>${action}</Action><ResourceRecordSet>${set}</ResourceRecordSet></Change>`
  return `<?xml version="1.0" encoding="UTF-8"?><ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes>${change}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
