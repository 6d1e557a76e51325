import { BUILD_FORMS } from '../server/contract/build-forms.ts'
import type { BuildSettings, UpdateBuildSettings } from '../server/contract/build-settings.ts'
import { configVarName } from './assignments.ts'
import type { Context } from './context.ts'
import { UsageError } from './errors.ts'
import { progress } from './progress.ts'
import { readNames, readSettings } from './settings.ts'

export const BUILD_SETTING_NAMES = Object.keys(BUILD_FORMS)
const ARGUMENT = 'arg.'
const SET = 'paas build:set'

/** `root=apps/web arg.NAME=value` as the API has it. */
export function readBuildSettings(words: string[]): UpdateBuildSettings {
  const plain = words.filter((word) => !word.startsWith(ARGUMENT))
  const args = words.filter((word) => word.startsWith(ARGUMENT)).map(readArgument)
  const settings = plain.length > 0 || args.length === 0 ? readSettings(plain, BUILD_FORMS, SET) : {}
  return { ...settings, ...(args.length > 0 && { args: Object.fromEntries(args) }) }
}

/** `root arg.NAME` to go back to the defaults. */
export function readBuildNames(words: string[]): UpdateBuildSettings {
  const args = words.filter((word) => word.startsWith(ARGUMENT)).map((word) => word.slice(ARGUMENT.length))
  const plain = words.filter((word) => !word.startsWith(ARGUMENT))
  const names = plain.length > 0 || args.length === 0 ? readNames(plain, BUILD_SETTING_NAMES, 'paas build:unset') : []
  return {
    ...Object.fromEntries(names.map((name) => [name, null])),
    ...(args.length > 0 && { args: Object.fromEntries(args.map((name) => [configVarName(name), null])) }),
  }
}

export async function updateBuildSettings(context: Context, verb: string, changes: UpdateBuildSettings): Promise<void> {
  const { args, ...plain } = changes
  const names = [...Object.keys(plain), ...Object.keys(args ?? {}).map((name) => ARGUMENT + name)]
  const { app, client } = await context.app()
  const answer = await progress(
    context.err,
    `${verb} ${names.join(', ')} of ${app}`,
    () => client.call('build.update', { params: { app }, body: changes }),
    () => ', from the next build on',
  )
  if (context.json) context.print(answer)
}

/** Name and value as they are typed. */
export function buildSettingRows(settings: BuildSettings): [string, string][] {
  const plain = Object.entries(BUILD_FORMS).map(([name, { write }]): [string, string] => [
    name,
    write(settings[name as keyof BuildSettings]),
  ])
  return [...plain, ...Object.entries(settings.args).map(([name, value]): [string, string] => [ARGUMENT + name, value])]
}

function readArgument(word: string): [string, string] {
  const equals = word.indexOf('=')
  if (equals === -1) {
    throw new UsageError(`${JSON.stringify(word)} has no =.`, {
      fix: 'Write arg.NAME=VALUE.',
      command: `${SET} --help`,
    })
  }
  return [configVarName(word.slice(ARGUMENT.length, equals)), word.slice(equals + 1)]
}
