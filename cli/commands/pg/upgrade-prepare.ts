import { ADDON_ARGUMENT, FIRST_DATABASE } from '../../addon-report.ts'
import { waitForAddon } from '../../addon-wait.ts'
import { defineCommand, value } from '../../command.ts'
import { progress } from '../../progress.ts'
import { nextName } from '../../upgrade.ts'

export const command = defineCommand({
  about: 'make the server that a database is to move to; nothing is moved yet',
  ofApp: true,
  args: { addon: ADDON_ARGUMENT },
  options: {
    serviceVersion: value('--service-version <VERSION>', 'of Postgres, instead of the newest that the box can have'),
    plan: value('-p, --plan <PLAN>', 'instead of that of the original'),
  },
  examples: [
    {
      run: 'paas pg:upgrade:prepare -a shop --service-version 17',
      shows: [
        'Making room for postgresql-curved-12345... done, postgresql-curved-12345-next with version 17',
        'Rehearse the move: paas pg:upgrade:dryrun postgresql-curved-12345 -a shop',
      ],
    },
  ],
  async run(context, { args, options }) {
    const { app, client } = await context.app()
    const old = await client.call('addons.info', { params: { app, addon: args.addon ?? FIRST_DATABASE } })
    const body = {
      ...{ service: old.service, plan: options.plan ?? old.plan, version: options.serviceVersion },
      ...{ name: nextName(old.name), attach: false },
    }
    const made = await progress(
      context.err,
      `Making room for ${old.name}`,
      async (step) => {
        const { id } = await client.call('addons.create', { params: { app }, body })
        return await waitForAddon(client, { app, id }, { signal: context.signal, step })
      },
      (next) => `, ${body.name} with version ${next?.version ?? 'unknown'}`,
    )
    if (context.json) return context.print(made)
    context.err.line(`Rehearse the move: paas pg:upgrade:dryrun ${old.name} -a ${app}`)
  },
})
