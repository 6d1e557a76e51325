import { ADDON_ARGUMENT, FIRST_DATABASE } from '../../addon-report.ts'
import { defineCommand, value } from '../../command.ts'
import { releaseChange } from '../../release-change.ts'
import { transfer } from '../../transfer-wait.ts'

export const command = defineCommand({
  about: 'make a new database with the same data, as they are now; no app is told of it, unless with --as',
  ofApp: true,
  args: { addon: ADDON_ARGUMENT },
  options: {
    name: value('--name <NAME>', 'instead of one that is made up'),
    plan: value('-p, --plan <PLAN>', 'instead of that of the original'),
    serviceVersion: value('--service-version <VERSION>', 'instead of that of the original'),
    as: value('--as <NAME>', 'the app finds it in NAME_URL'),
  },
  examples: [
    { run: 'paas pg:fork -a shop', shows: ['Forking DATABASE... done, 4.2 MB in postgresql-calm-54321'] },
    { run: 'paas pg:fork DATABASE --name shop-experiment --as EXPERIMENT -a shop' },
  ],
  async run(context, { args, options }) {
    const chosen = await context.app()
    const { app, client } = chosen
    const addon = args.addon ?? FIRST_DATABASE
    const body = { name: options.name, plan: options.plan, version: options.serviceVersion }
    const { addon: fork } = await transfer(context, chosen, `Forking ${addon}`, () =>
      client.call('addons.fork', { params: { app, addon }, body }),
    )
    if (fork === null || options.as === undefined) return
    await releaseChange(context, chosen, `Attaching ${fork} and restarting ${app}`, () =>
      client.call('addons.attach', { params: { app, addon: fork }, body: { as: options.as } }),
    )
  },
})
