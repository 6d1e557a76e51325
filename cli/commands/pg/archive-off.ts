import { ADDON_ARGUMENT, FIRST_DATABASE } from '../../addon-report.ts'
import { defineCommand } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'stop archiving a database; what is archived stays for as long as it would have',
  ofApp: true,
  args: { addon: ADDON_ARGUMENT },
  examples: [{ run: 'paas pg:archive:off -a shop', shows: ['Stopping the archive of DATABASE... done'] }],
  async run(context, { args }) {
    const { app, client } = await context.app()
    const addon = args.addon ?? FIRST_DATABASE
    const archive = await progress(context.err, `Stopping the archive of ${addon}`, () =>
      client.call('archives.off', { params: { app, addon } }),
    )
    if (context.json) context.print(archive)
  },
})
