import { configVarName } from '../../assignments.ts'
import { defineCommand, rest } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { releaseChange } from '../../release-change.ts'

export const command = defineCommand({
  about: 'unset config vars: one release, however many there are',
  ofApp: true,
  args: { names: rest('names of config vars') },
  examples: [
    { run: 'paas config:unset RACK_ENV -a shop', shows: ['Unsetting RACK_ENV and restarting shop... done, v11'] },
  ],
  async run(context, { args: { names } }) {
    if (names.length === 0) throw new UsageError('Nothing to unset.', { command: 'paas config:unset NAME' })
    const vars = Object.fromEntries(names.map((name) => [configVarName(name), null]))
    const chosen = await context.app()
    const { app, client } = chosen
    const title = `Unsetting ${Object.keys(vars).join(', ')} and restarting ${app}`
    const change = await releaseChange(context, chosen, title, () =>
      client.call('config.update', { params: { app }, body: { vars } }),
    )
    if (context.json) context.print(change)
  },
})
