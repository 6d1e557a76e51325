import { defineCommand, maybe, value } from '../../command.ts'
import { requireConfirmation } from '../../confirmation.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'destroy an app with its releases, config vars, logs and repository',
  ofApp: true,
  args: { name: maybe('the app, instead of -a') },
  options: { confirm: value('-c, --confirm <NAME>', 'the name again, instead of typing it') },
  examples: [{ run: 'paas apps:destroy -a shop --confirm shop', shows: ['Destroying shop... done'] }],
  async run(context, { args, options }) {
    const { app, client } = await context.app(args.name)
    await client.call('apps.info', { params: { app } })
    const warning = `This destroys ${app} with its releases, config vars, logs and repository, for good.`
    await requireConfirmation(context, {
      name: app,
      given: options.confirm,
      warning,
      command: `paas apps:destroy -a ${app}`,
    })
    await progress(context.err, `Destroying ${app}`, () =>
      client.call('apps.destroy', { params: { app }, query: { confirm: app } }),
    )
  },
})
