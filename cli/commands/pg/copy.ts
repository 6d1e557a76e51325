import { defineCommand, one, value } from '../../command.ts'
import { transfer } from '../../transfer-wait.ts'

export const command = defineCommand({
  about: 'replace what is in one database of the app by what is in another one',
  ofApp: true,
  args: { source: one('an addon, by its name or variable'), target: one('the addon that is filled') },
  options: {
    confirm: value(
      '-c, --confirm <NAME>',
      'the name of the target, where it is not empty: it is backed up, then replaced',
    ),
  },
  examples: [
    {
      run: 'paas pg:copy DATABASE STAGING -a shop --confirm postgresql-calm-54321',
      shows: ['Copying DATABASE to STAGING... done, 4.2 MB in postgresql-calm-54321; it was backed up as f003'],
    },
  ],
  async run(context, { args: { source, target }, options: { confirm } }) {
    const chosen = await context.app()
    const params = { app: chosen.app, addon: source }
    await transfer(context, chosen, `Copying ${source} to ${target}`, () =>
      chosen.client.call('addons.copy', { params, body: { to: target, confirm } }),
    )
  },
})
