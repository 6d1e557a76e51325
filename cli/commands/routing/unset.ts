import { settingKey } from '../../../server/contract/setting-forms.ts'
import { defineCommand, rest } from '../../command.ts'
import { updateRouting } from '../../routing-change.ts'
import { ROUTING_NAMES } from '../../routing-settings.ts'
import { readNames } from '../../settings.ts'

export const command = defineCommand({
  about: 'go back to the default of settings; auth and headers go as a whole',
  ofApp: true,
  args: { names: rest('names as paas routing shows them') },
  examples: [
    { run: 'paas routing:unset sticky max-body -a shop', shows: ['Unsetting sticky, max-body of shop... done'] },
    { run: 'paas routing:unset auth' },
  ],
  async run(context, { args }) {
    const names = readNames(args.names, ROUTING_NAMES, 'paas routing:unset')
    const changes = Object.fromEntries(names.map((name) => [settingKey(name), null]))
    await updateRouting(context, (app) => `Unsetting ${names.join(', ')} of ${app}`, changes)
  },
})
