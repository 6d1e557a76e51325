import validRange from 'semver/ranges/valid.js'
import { BuildFailure } from '../errors.ts'
import type { BuildPlan } from '../plan.ts'
import type { Source } from '../source.ts'
import type { Buildpack } from './buildpack.ts'
import { npmSteps } from './npm.ts'
import { type PackageJson, readPackageJson } from './package-json.ts'

/** The current LTS line, which the stack brings along. */
export const DEFAULT_NODE = '24.x'

/** `node <file> <plain words>`: nothing that would need a shell, or npm's own variables. */
const PLAIN_NODE_COMMAND = /^node(?: [\w@%+=:,./-]+)+$/

export const node: Buildpack = {
  name: 'node',
  title: 'Node.js',
  detect: (source) => (source.entries.has('package.json') ? 'package.json' : undefined),
  plan(source, because): BuildPlan {
    const json = readPackageJson(source)
    const { steps, warnings, exclude } = npmSteps(source, json)
    return {
      buildpack: 'node',
      title: 'Node.js',
      because,
      runtimes: [runtime(json)],
      packages: [],
      steps,
      outputs: ['.'],
      environment: { NODE_ENV: 'production' },
      path: ['node_modules/.bin'],
      processTypes: defaultProcessTypes(source, json),
      warnings,
      ...(exclude.length > 0 ? { exclude } : {}),
    }
  },
}

function runtime(json: PackageJson): BuildPlan['runtimes'][number] {
  const wanted = json.nodeRange
  if (wanted === undefined) return { name: 'node', version: DEFAULT_NODE, because: 'the default' }
  if (validRange(wanted) === null) {
    throw new BuildFailure('node.invalid-version', `engines.node in package.json is no version of Node.js: ${wanted}`, {
      fix: `Write a version or a range, such as "engines": {"node": "${DEFAULT_NODE}"}.`,
      command: `npm pkg set engines.node=${DEFAULT_NODE}`,
    })
  }
  return { name: 'node', version: wanted, because: 'engines.node in package.json' }
}

function defaultProcessTypes(source: Source, json: PackageJson): Record<string, string> {
  const command = startScript(json) ?? startFile(source, json)
  return command === undefined ? {} : { web: command }
}

/** npm costs a third of a second and 60 MB beside the app, so it is left out where it would only pass the command on. */
function startScript(json: PackageJson): string | undefined {
  const { start, prestart, poststart } = json.scripts
  if (!start) return undefined
  return !prestart && !poststart && PLAIN_NODE_COMMAND.test(start.trim()) ? start.trim() : 'npm start'
}

function startFile(source: Source, json: PackageJson): string | undefined {
  const named = [json.main, json.main && `${json.main}.js`]
  const file = ['server.js', ...named].find((name) => name !== undefined && source.has(name.replace(/^\.\//, '')))
  return file === undefined ? undefined : `node ${shellWord(file)}`
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
