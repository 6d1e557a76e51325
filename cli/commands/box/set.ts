import type { UpdateBoxSettings } from '../../../server/contract/box-settings.ts'
import { BOX_FORMS } from '../../box-settings.ts'
import { defineCommand, rest } from '../../command.ts'
import { progress } from '../../progress.ts'
import { readSettings } from '../../settings.ts'

export const command = defineCommand({
  about: `change the box: ${Object.keys(BOX_FORMS).join(', ')}`,
  args: { pairs: rest('NAME=VALUE') },
  examples: [
    { run: 'paas box:set base-domain=apps.example.com', shows: ['Setting base-domain... done'] },
    { run: 'paas box:set platform-host=paas.example.com boot-timeout=90s monitor=10s' },
    { run: 'paas box:set trusted-proxies=192.0.2.1,10.0.0.0/8 proxy-protocol=on' },
    { run: 'paas box:set https-proxy=http://proxy.example.com:3128 no-proxy=.example.com' },
    { run: 'paas box:set certificates=@authority.pem' },
    { run: 'paas box:set trusted-proxies=default proxy-protocol=default' },
  ],
  async run(context, { args: { pairs } }) {
    const body = readSettings(pairs, BOX_FORMS, 'paas box:set') as UpdateBoxSettings
    const { client } = await context.signedIn()
    const names = pairs.map((pair) => pair.slice(0, pair.indexOf('=')))
    const answer = await progress(context.err, `Setting ${names.join(', ')}`, () => client.call('box.update', { body }))
    if (context.json) return context.print(answer)
    if (body.baseDomain === undefined) return
    const { baseDomain, platformHost } = answer.settings
    context.err.line(`Next: let the DNS of *.${baseDomain} and ${platformHost} lead to this box.`)
  },
})
