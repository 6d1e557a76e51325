import type { AcmeSettings } from '../contract/certificate.ts'
import type { RouterTable, ServiceSpec } from '../contract/table.ts'
import { covers } from './certificate.ts'
import type { ChallengeType } from './issuer/order.ts'

/** A certificate that the router is to get and keep. */
export type Wanted = { name: string; byDns: boolean }

/**
 * Which certificates a table asks for: one for each host of a service with TLS `auto`, but for those that a wildcard of
 * the settings is good for. Names that no issuer could ever reach are left out, and so is everything not in the table.
 */
export function wantedCertificates({ services, acme }: RouterTable): Wanted[] {
  if (!acme || acme.issuers.length === 0) return []
  const hosts = services.filter(({ tls }) => tls?.mode === 'auto').flatMap((service: ServiceSpec) => service.hosts)
  const alone = hosts.filter((host) => isPublic(host) && !covers(acme.wildcards, host))
  const names = new Set([...acme.wildcards, ...alone])
  return [...names].map((name) => ({ name, byDns: name.startsWith('*.') || inZone(name, acme) }))
}

export function challengeFor({ byDns }: Wanted, preferred: ChallengeType): ChallengeType {
  return byDns ? 'dns-01' : preferred
}

/** A zone whose records we write proves its names by them: then they need not lead here. */
function inZone(name: string, { dns }: AcmeSettings): boolean {
  return dns.some(({ zone }) => name === zone || name.endsWith(`.${zone}`))
}

function isPublic(host: string): boolean {
  return (host.includes('.') || host.includes(':')) && !host.endsWith('.localhost')
}
