import { defineCommand, one } from '../../command.ts'
import { releaseChange } from '../../release-change.ts'

export const command = defineCommand({
  about: 'take a name of an addon away from an app; the addon and its data stay',
  ofApp: true,
  args: { attachment: one('DATABASE, POSTGRESQL_AMBER and so on') },
  examples: [
    {
      run: 'paas addons:detach REPORTS -a reports',
      shows: ['Detaching REPORTS and restarting reports... done, v5'],
    },
  ],
  async run(context, { args }) {
    const chosen = await context.app()
    const { app, client } = chosen
    const attachment = args.attachment.replace(/_URL$/, '')
    const change = await releaseChange(context, chosen, `Detaching ${attachment} and restarting ${app}`, () =>
      client.call('addons.detach', { params: { app, attachment } }),
    )
    if (context.json) context.print(change)
  },
})
