import { defineCommand, one } from '../../command.ts'
import { updateRouting } from '../../routing-change.ts'

export const command = defineCommand({
  about: 'take away a name and its password; without any, everybody gets in',
  ofApp: true,
  args: { name: one('the name') },
  examples: [{ run: 'paas routing:auth:remove ada -a shop', shows: ['Removing ada from shop... done'] }],
  async run(context, { args: { name } }) {
    const title = (app: string) => `Removing ${name} from ${app}`
    const { settings } = await updateRouting(context, title, { auth: { [name]: null } })
    if (settings.auth.length === 0) context.err.line('Nobody has a password now: everybody gets in.')
  },
})
