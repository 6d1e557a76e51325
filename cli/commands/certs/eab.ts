import { kept } from '../../acme-settings.ts'
import { defineCommand, flag, one, value } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { readSecret } from '../../input.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'give the box the account that an issuer asks for (EAB); asks for its HMAC key',
  args: { keyId: one('the id of the key; - takes the account away') },
  options: {
    issuer: value('--issuer <NAME>', 'name or directory of the issuer; else the first'),
    hmacStdin: flag('--hmac-stdin', 'read the HMAC key from standard input'),
  },
  examples: [
    {
      run: 'paas certs:eab kid-1 --issuer ca.example.com',
      shows: ['HMAC key of kid-1:', 'Setting the account... done'],
    },
    { run: 'paas certs:eab kid-1 --hmac-stdin < hmac.txt' },
  ],
  async run(context, { args: { keyId }, options }) {
    const question = { question: `HMAC key of ${keyId}: `, fromStdin: options.hmacStdin, flag: '--hmac-stdin' }
    const eab = keyId === '-' ? null : { keyId, hmacKey: (await readSecret(context, question)).trim() }
    const { client } = await context.signedIn()
    const { issuers } = await client.call('acme.settings')
    const chosen = issuers.find(
      ({ name, directoryUrl }, n) =>
        (options.issuer === undefined && n === 0) || name === options.issuer || directoryUrl === options.issuer,
    )
    if (!chosen) throw noIssuer(options.issuer, issuers)
    const body = { issuers: issuers.map((issuer) => (issuer === chosen ? { ...kept(issuer), eab } : kept(issuer))) }
    const title = `${eab ? 'Setting' : 'Removing'} the account at ${chosen.name}`
    const acme = await progress(context.err, title, () => client.call('acme.update', { body }))
    if (context.json) context.print(acme)
  },
})

function noIssuer(wanted: string | undefined, issuers: { name: string }[]): UsageError {
  const names = issuers.map(({ name }) => name).join(', ') || 'none'
  return new UsageError(`There is no issuer ${JSON.stringify(wanted ?? '')}.`, {
    fix: `The box has ${names}. Add it with paas certs:set issuer=...`,
    command: 'paas certs:settings',
  })
}
