import type { Acme, Issuer } from '../../../server/contract/acme.ts'
import { defineCommand } from '../../command.ts'
import { factLines } from '../../table.ts'

export const command = defineCommand({
  about: 'show how the box orders certificates',
  examples: [
    {
      run: 'paas certs:settings',
      shows: [
        'Issuer:      Let’s Encrypt, by http-01',
        'E-mail:      ops@example.com',
        'Wildcards:   *.apps.example.com',
        'DNS:         example.com at cloudflare (token)',
        'Addresses:   those of its network cards',
        'Resolvers:   those of the system',
      ],
    },
  ],
  async run(context) {
    const { client } = await context.signedIn()
    const acme = await client.call('acme.settings')
    if (context.json) return context.print(acme)
    for (const line of factLines(facts(acme))) context.out.line(line)
    if (!acme.enabled) context.err.line('This box has no TLS port, so nothing is ordered: see PAAS_PUBLIC_HTTPS_PORT.')
  },
})

function facts({ issuers, email, wildcards, dns, addresses, resolvers }: Acme): [string, string][] {
  return [
    ...(issuers.length > 0
      ? issuers.map((issuer, n): [string, string] => [n === 0 ? 'Issuer' : 'Then', said(issuer)])
      : NOBODY),
    ['E-mail', email ?? 'none'],
    ['Wildcards', wildcards.join(', ') || 'none'],
    [
      'DNS',
      dns.map(({ zone, provider, settings }) => `${zone} at ${provider} (${settings.join(', ')})`).join('; ') || 'none',
    ],
    ['Addresses', addresses.join(', ') || 'those of its network cards'],
    ['Resolvers', resolvers.join(', ') || 'those of the system'],
  ]
}

const NOBODY: [string, string][] = [['Issuer', 'none: nothing is ordered']]

function said({ name, challenge, profile, eabKeyId, trustedCa }: Issuer): string {
  return [
    `${name}, by ${challenge}`,
    profile && `profile ${profile}`,
    eabKeyId && `account ${eabKeyId}`,
    trustedCa && 'trusted by its own authority',
  ]
    .filter(Boolean)
    .join(', ')
}
