import { ACME_FORMS, acmeChanges } from '../../acme-settings.ts'
import { defineCommand, rest } from '../../command.ts'
import { readInput } from '../../input.ts'
import { progress } from '../../progress.ts'
import { readSettings } from '../../settings.ts'

const ELSEWHERE = { eab: 'paas certs:eab KEY-ID', dns: 'paas certs:dns:add ZONE PROVIDER' }

export const command = defineCommand({
  about: `set how the box orders certificates: ${Object.keys(ACME_FORMS).join(', ')}`,
  args: { pairs: rest('NAME=VALUE') },
  examples: [
    { run: 'paas certs:set email=ops@example.com issuer=staging', shows: ['Setting email, issuer... done'] },
    { run: 'paas certs:set issuer=letsencrypt,https://ca.example.com/acme/directory' },
    { run: 'paas certs:set wildcards=*.apps.example.com challenge=tls-alpn-01 profile=shortlived' },
    { run: 'paas certs:set addresses=192.0.2.10 resolvers=192.0.2.53 trusted-ca=ca.pem' },
    { run: 'paas certs:set issuer=default email=default' },
  ],
  async run(context, { args: { pairs } }) {
    const given = readSettings(pairs, ACME_FORMS, 'paas certs:set', ELSEWHERE)
    if (typeof given['trustedCa'] === 'string') given['trustedCa'] = await readInput(context, given['trustedCa'])
    const { client } = await context.signedIn()
    const names = pairs.map((pair) => pair.slice(0, pair.indexOf('=')))
    const acme = await progress(context.err, `Setting ${names.join(', ')}`, async () => {
      const body = acmeChanges(given, await client.call('acme.settings'))
      return await client.call('acme.update', { body })
    })
    if (context.json) context.print(acme)
  },
})
