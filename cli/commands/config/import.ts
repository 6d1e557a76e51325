import { parseEnv } from 'node:util'
import { configVarName } from '../../assignments.ts'
import { defineCommand, one } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { readInput } from '../../input.ts'
import { releaseChange } from '../../release-change.ts'

export const command = defineCommand({
  about: 'set config vars from a .env file, or from what config:export --format json wrote',
  ofApp: true,
  args: { file: one('the file; - is standard input') },
  examples: [
    { run: 'paas config:import .env -a shop', shows: ['Setting 7 config vars and restarting shop... done, v12'] },
    { run: 'paas config:export -a shop | paas config:import - -a shop-staging' },
  ],
  async run(context, { args: { file } }) {
    const vars = readVars(await readInput(context, file), file)
    const count = Object.keys(vars).length
    const chosen = await context.app()
    const { app, client } = chosen
    const title = `Setting ${count} config ${count === 1 ? 'var' : 'vars'} and restarting ${app}`
    const change = await releaseChange(context, chosen, title, () =>
      client.call('config.update', { params: { app }, body: { vars } }),
    )
    if (context.json) context.print(change)
  },
})

function readVars(text: string, file: string): Record<string, string> {
  const vars = text.trimStart().startsWith('{') ? fromJson(text, file) : (parseEnv(text) as Record<string, string>)
  const names = Object.keys(vars)
  if (names.length === 0) throw new UsageError(`${file === '-' ? 'Standard input' : file} has no NAME=VALUE lines.`)
  for (const name of names) configVarName(name)
  return vars
}

function fromJson(text: string, file: string): Record<string, string> {
  const value = parsed(text)
  if (typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string')) {
    return value as Record<string, string>
  }
  throw new UsageError(`${file} is not a JSON object of names and texts.`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
