import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/

export type Signed = { method: string; url: string; headers: IncomingHttpHeaders; secret: string }

/** For tests: whether a request carries the signature (AWS signature version 4, header form) that its secret gives. */
export function signatureIsRight({ method, url, headers, secret }: Signed): boolean {
  const [, , day = '', region = '', names = '', signature] = FORM.exec(headers.authorization ?? '') ?? []
  const { pathname, searchParams } = new URL(url, 'http://store.test')
  const query = [...searchParams].map((pair) => pair.map(strict).join('=')).sort()
  const signed = names.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`)
  const canonical = [method, pathname, query.join('&'), signed.join(''), names, headers['x-amz-content-sha256']]
  const scope = `${day}/${region}/s3/aws4_request`
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical.join('\n'))].join('\n')
  const key = [day, region, 's3', 'aws4_request'].reduce<Buffer | string>((k, part) => hmac(k, part), `AWS4${secret}`)
  return names.split(';').includes('host') && hmac(key, text).toString('hex') === signature
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function strict(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
