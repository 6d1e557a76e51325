import { defineCommand, value } from '../../command.ts'
import { dotenvLine, shellLine } from '../../dotenv.ts'

const FORMATS = ['env', 'json', 'shell'] as const

export const command = defineCommand({
  about: 'print config vars with their values in the form of a file',
  ofApp: true,
  options: {
    format: value('--format <FORMAT>', 'env for a .env file, json, or shell for eval (default: env)', FORMATS),
  },
  examples: [
    { run: 'paas config:export -a shop > .env' },
    { run: 'eval "$(paas config:export -a shop --format shell)"' },
  ],
  async run(context, { options }) {
    const { app, client } = await context.app()
    const config = await client.call('config.list', { params: { app } })
    if (context.json) return context.print(config)
    const vars = Object.entries(config.vars).sort(([a], [b]) => (a < b ? -1 : 1))
    if (options.format === 'json')
      return void context.out.write(`${JSON.stringify(Object.fromEntries(vars), null, 2)}\n`)
    const line = options.format === 'shell' ? shellLine : dotenvLine
    for (const text of vars.map(([name, content]) => line(name, content))) context.out.write(`${text}\n`)
  },
})
