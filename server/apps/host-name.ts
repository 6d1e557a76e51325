import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { HostName } from '../contract/names.ts'
import { PaasError } from '../errors.ts'

const WILDCARD = '*.'

/**
 * The one form in which a host name is stored and compared: lower case, punycode, no trailing dot, perhaps `*.` in
 * front. Throws `domain.invalid`.
 */
export function normalHost(typed: string): string {
  const text = typed.trim().replace(/\.$/, '')
  if (/[/:@?#\s]/.test(text)) throw invalid(typed, 'give the host name alone, without https://, port or path')
  const wildcard = text.startsWith(WILDCARD)
  const ascii = domainToASCII(wildcard ? text.slice(WILDCARD.length) : text)
  if (isIP(ascii) !== 0) throw invalid(typed, 'an address is not a host name')
  const host = (wildcard ? WILDCARD : '') + ascii
  const parsed = HostName.safeParse(host)
  if (!parsed.success) throw invalid(typed, parsed.error.issues[0]?.message ?? 'it is not valid')
  return parsed.data
}

/** What a wildcard stands below; an exact host is its own. */
export function apexOf(host: string): string {
  return host.startsWith(WILDCARD) ? host.slice(WILDCARD.length) : host
}

/** Same name, or one below the other. */
export function related(one: string, other: string): boolean {
  const [a, b] = [apexOf(one), apexOf(other)]
  return a === b || isBelow(a, b) || isBelow(b, a)
}

export function isBelow(host: string, parent: string): boolean {
  return host.endsWith(`.${parent}`)
}

function invalid(typed: string, why: string): PaasError {
  const shown = JSON.stringify(typed.slice(0, 253))
  return new PaasError('invalid', 'domain.invalid', `${shown} cannot be a domain: ${why}.`, {
    fix: 'Write it as in www.example.com or *.example.com.',
    errors: [{ path: 'host', message: why }],
  })
}
