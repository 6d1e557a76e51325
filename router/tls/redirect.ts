import type { Asked, OwnAnswer } from '../own-answers.ts'

const HTTPS_PORT = 443

/** The same address over https. 308 keeps method and body (RFC 9110 section 15.4.9); old clients know 301 for GET. */
export function redirectToHttps({ method, authority, path }: Asked, port: number): OwnAnswer {
  const host = authority.replace(/:\d*$/, '')
  const place = `https://${host}${port === HTTPS_PORT ? '' : `:${port}`}${path === '*' ? '/' : path}`
  const status = method === 'GET' || method === 'HEAD' ? 301 : 308
  return { status, headers: ['Location', place, 'Content-Type', 'text/plain'], body: `This is at ${place}\n` }
}
