import { defineCommand, one } from '../../command.ts'
import { readInput } from '../../input.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'serve an app with a certificate of your own',
  ofApp: true,
  args: { chain: one('the certificate and its chain, in PEM'), key: one('its private key, in PEM') },
  examples: [{ run: 'paas certs:add shop.crt shop.key -a shop', shows: ['Adding a certificate to shop... done'] }],
  async run(context, { args }) {
    const [chain, key] = [await readInput(context, args.chain), await readInput(context, args.key)]
    const { app, client } = await context.app()
    const added = await progress(context.err, `Adding a certificate to ${app}`, () =>
      client.call('certs.add', { params: { app }, body: { chain, key } }),
    )
    if (context.json) return context.print(added)
    for (const warning of added.warnings) context.err.line(`Warning: ${warning}`)
    context.err.line(`It is for ${added.names.join(', ')} until ${added.notAfter.slice(0, 10)}.`)
  },
})
