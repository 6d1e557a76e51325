import { defineCommand, one } from '../../command.ts'
import { pageSetting } from '../../page-kind.ts'
import { updateRouting } from '../../routing-change.ts'

export const command = defineCommand({
  about: 'show the box’s own page again',
  ofApp: true,
  args: { kind: one('error or maintenance') },
  examples: [{ run: 'paas routing:page:remove error -a shop', shows: ['Removing the error page of shop... done'] }],
  async run(context, { args: { kind } }) {
    const setting = pageSetting(kind)
    await updateRouting(context, (app) => `Removing the ${kind} page of ${app}`, { [setting]: null })
  },
})
