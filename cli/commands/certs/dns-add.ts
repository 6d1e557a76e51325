import { settingKey } from '../../../server/contract/setting-forms.ts'
import { defineCommand, flag, one, rest } from '../../command.ts'
import { dnsProvider, readDnsSettings } from '../../dns-providers.ts'
import { readSecret } from '../../input.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'say who writes the DNS records of a zone, for wildcards; asks for the secret',
  args: {
    zone: one('such as example.com; names below it are meant too'),
    provider: one('cloudflare, route53 or rfc2136'),
    pairs: rest('what else it needs: access-key-id, hosted-zone-id; server, key-name, algorithm'),
  },
  options: {
    secretStdin: flag('--secret-stdin', 'read the token, secret-access-key or key-secret from standard input'),
  },
  examples: [
    {
      run: 'paas certs:dns:add example.com cloudflare',
      shows: ['The token of cloudflare:', 'Setting the DNS of example.com... done'],
    },
    { run: 'paas certs:dns:add example.com route53 access-key-id=AKIA0 hosted-zone-id=Z1 --secret-stdin < key.txt' },
    { run: 'paas certs:dns:add example.com rfc2136 server=192.0.2.53 key-name=paas algorithm=hmac-sha256' },
  ],
  async run(context, { args: { zone, provider, pairs }, options }) {
    const settings = readDnsSettings(provider, pairs)
    const { name, secret } = dnsProvider(provider)
    const asked = { question: `The ${secret} of ${provider}: `, fromStdin: options.secretStdin, flag: '--secret-stdin' }
    const given = (await readSecret(context, asked)).trim()
    const body = { provider: name, settings: { ...settings, [settingKey(secret)]: given } }
    const { client } = await context.signedIn()
    const acme = await progress(context.err, `Setting the DNS of ${zone}`, () =>
      client.call('acme.putZone', { params: { zone }, body }),
    )
    if (context.json) context.print(acme)
  },
})
