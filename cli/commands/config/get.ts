import { configVarName } from '../../assignments.ts'
import { defineCommand, one } from '../../command.ts'
import { CliError } from '../../errors.ts'
import { EXIT } from '../../exit-code.ts'

export const command = defineCommand({
  about: 'print the value of one config var as it is',
  ofApp: true,
  args: { name: one('name of the config var') },
  examples: [{ run: 'paas config:get RAILS_ENV -a shop', shows: ['staging'] }],
  async run(context, { args }) {
    const name = configVarName(args.name)
    const { app, client } = await context.app()
    const { vars } = await client.call('config.list', { params: { app } })
    if (context.json) return context.print({ vars: Object.hasOwn(vars, name) ? { [name]: vars[name] } : {} })
    const value = Object.hasOwn(vars, name) ? vars[name] : undefined
    if (value === undefined) {
      throw new CliError(`${app} has no config var ${name}.`, { command: `paas config -a ${app}` }, EXIT.notFound)
    }
    context.out.write(`${value}\n`)
  },
})
