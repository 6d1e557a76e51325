import type { Certificate } from '../../../server/contract/certificate.ts'

/**
 * Which of them a host name is served with, as the router chooses: the name itself before a wildcard, one's own before those that were
 * ordered. Of a host that none is there for, the one that is waited for.
 */
export function certificateOf(host: string, certificates: readonly Certificate[]): Certificate | undefined {
  const wildcard = `*${host.slice(host.indexOf('.'))}`
  const rank = ({ names, notAfter, source }: Certificate) =>
    (notAfter === null ? 4 : 0) + (names.includes(host) ? 0 : 2) + (source === 'custom' ? 0 : 1)
  return certificates
    .filter(({ names }) => names.includes(host) || names.includes(wildcard))
    .sort((a, b) => rank(a) - rank(b))[0]
}
