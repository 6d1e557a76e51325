import type { Refusal } from './request-head.ts'

/** What the app gets to see of a request target, or why it is refused (RFC 9112 section 3.2). */
export type Target = { path: string } | Refusal

/**
 * Origin form passes byte for byte; `*` with OPTIONS only; absolute form becomes origin form, and must name the same
 * authority as Host; CONNECT is for open proxies.
 */
export function readTarget(method: string, target: string, authority: string): Target {
  if (method === 'CONNECT') return { reason: 'this is not an open proxy', status: 405 }
  if (target.startsWith('/')) return { path: target }
  if (target === '*' && method === 'OPTIONS') return { path: target }
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/is.exec(target)
  if (!absolute) return { reason: 'not a request target', status: 400 }
  const [, named = '', rest = ''] = absolute
  if (named.toLowerCase() !== authority.toLowerCase()) {
    return { reason: 'the request target and Host differ', status: 400 }
  }
  if (rest === '' && method === 'OPTIONS') return { path: '*' }
  return { path: rest.startsWith('/') ? rest : `/${rest}` }
}
