import { defineCommand, one } from '../../command.ts'
import { readInput } from '../../input.ts'
import { pageSetting } from '../../page-kind.ts'
import { updateRouting } from '../../routing-change.ts'

export const command = defineCommand({
  about: 'show visitors a page of your own, in HTML, when the app cannot answer or is in maintenance',
  ofApp: true,
  args: { kind: one('error or maintenance'), file: one('the page, at most 64 KB; - is standard input') },
  examples: [
    {
      run: 'paas routing:page maintenance back-soon.html -a shop',
      shows: ['Setting the maintenance page of shop... done'],
    },
  ],
  async run(context, { args: { kind, file } }) {
    const setting = pageSetting(kind)
    const page = await readInput(context, file)
    await updateRouting(context, (app) => `Setting the ${kind} page of ${app}`, { [setting]: page })
  },
})
