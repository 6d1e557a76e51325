import { ADDON_ARGUMENT } from '../../addon-report.ts'
import { defineCommand, value } from '../../command.ts'
import { move } from '../../upgrade.ts'

export const command = defineCommand({
  about: 'carry a database over to the server that it is to move to while apps write, compare, and take it away again',
  ofApp: true,
  args: { addon: ADDON_ARGUMENT },
  options: { to: value('--to <NAME>', 'instead of the one that pg:upgrade:prepare made') },
  examples: [
    {
      run: 'paas pg:upgrade:dryrun -a shop',
      shows: [
        'Rehearsing the move of DATABASE to postgresql-curved-12345-next... done',
        '12 tables with 48210 rows were followed; apps could only read for about 0.4 s',
      ],
    },
  ],
  async run(context, { args, options }) {
    const { moved, said } = await move(context, await context.app(), {
      addon: args.addon,
      to: options.to,
      rehearse: true,
    })
    if (context.json) return context.print(moved)
    context.err.line(said)
  },
})
