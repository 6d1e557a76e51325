import { variablesIn } from '../../addon-change.ts'
import { waitForAddonInApp } from '../../addon-wait.ts'
import { defineCommand, flag, one, value } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'make an addon, attach it and restart the app with it',
  ofApp: true,
  args: { service: one('postgres, redis and so on: see paas addons:plans') },
  options: {
    plan: value('-p, --plan <PLAN>', 'how much of it'),
    serviceVersion: value('--service-version <VERSION>', 'of the service'),
    name: value('--name <NAME>', 'instead of one that is made up'),
    as: value('--as <NAME>', 'the app finds it in NAME_URL'),
    attach: flag('--no-attach', 'make it, but tell the app nothing of it'),
  },
  examples: [
    {
      run: 'paas addons:create postgres -a shop',
      shows: ['Creating postgres for shop... done, postgresql-curved-12345 is DATABASE_URL, POSTGRESQL_AMBER_URL'],
    },
    { run: 'paas addons:create redis --plan small --as CACHE -a shop' },
  ],
  async run(context, { args, options }) {
    const { app, client } = await context.app()
    const { plan, name, as, attach } = options
    const body = { service: args.service, plan, version: options.serviceVersion, name, as, attach }
    const addon = await progress(
      context.err,
      `Creating ${args.service} for ${app}`,
      async (step) => {
        const begun = await client.call('addons.create', { params: { app }, body })
        return await waitForAddonInApp(client, begun, { signal: context.signal, step })
      },
      (made) => `, ${made.name}${attach ? ` is ${variablesIn(made, app)}` : ''}`,
    )
    if (context.json) context.print(addon)
  },
})
