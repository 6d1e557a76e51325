import validRange from 'semver/ranges/valid.js'
import { BuildFailure } from '../errors.ts'
import type { BuildPlan, BuildStep, Runtime } from '../plan.ts'
import type { Source } from '../source.ts'
import type { Buildpack } from './buildpack.ts'

const DEFAULT_DENO = '2.x'
const CONFIG_FILES = ['deno.json', 'deno.jsonc']
const VERSION_FILES = ['.deno-version', '.dvmrc']
const ENTRIES = ['main', 'server', 'index', 'mod', 'app', 'src/main', 'src/server', 'src/index'].flatMap((name) =>
  ['ts', 'tsx', 'js', 'jsx'].map((extension) => `${name}.${extension}`),
)
/** Modules are downloaded into the app itself, so that it starts without any network. */
const VARIABLES = { DENO_DIR: '.deno', DENO_NO_UPDATE_CHECK: '1', DENO_NO_PROMPT: '1' }

type DenoJson = { tasks: Record<string, string>; workspace: boolean; dependencies: boolean }

/** What Deno's own files say; where package.json is there as well, only if Deno starts the app. */
export const deno: Buildpack = {
  name: 'deno',
  title: 'Deno',
  detect(source) {
    const file = [...CONFIG_FILES, 'deno.lock'].find((name) => source.has(name))
    if (file === undefined) return undefined
    return source.has('package.json') && readConfig(source).tasks['start'] === undefined ? undefined : file
  },
  plan(source, because): BuildPlan {
    const config = readConfig(source)
    const entry = ENTRIES.find((name) => source.has(name))
    const start = startCommand(source, config, entry)
    return {
      buildpack: 'deno',
      title: 'Deno',
      because,
      runtimes: [runtime(source)],
      packages: [],
      steps: steps(source, config, entry),
      outputs: ['.'],
      environment: VARIABLES,
      processTypes: start ? { web: start.command } : {},
      ...(start ? { notes: [`web starts with \`${start.command}\`: ${start.because}`] } : {}),
      warnings: source.has('deno.lock') ? [] : [unlocked()],
    }
  },
}

function runtime(source: Source): Runtime {
  const file = VERSION_FILES.find((name) => source.has(name))
  const version = (source.text(file ?? '') ?? DEFAULT_DENO).trim().replace(/^v(?=\d)/, '')
  if (validRange(version) !== null && version !== '') return { name: 'deno', version, because: file ?? 'the default' }
  throw new BuildFailure('deno.invalid-version', `${file} is no version of Deno: ${version}`, {
    fix: `Write a version or a range into ${file}, such as ${DEFAULT_DENO}, or remove it.`,
  })
}

function steps(source: Source, config: DenoJson, entry: string | undefined): BuildStep[] {
  const locked = source.has('deno.lock')
  const frozen = locked ? ['--frozen'] : []
  const manifests = [...CONFIG_FILES, 'deno.lock', 'package.json', '.npmrc'].filter((name) => source.has(name))
  const install = step('Installing dependencies', config.workspace ? ['.'] : manifests, [
    ['deno', 'install', ...frozen],
  ])
  const rest = [
    ...(entry === undefined ? [] : [['deno', 'cache', ...frozen, entry]]),
    ...(config.tasks['build'] === undefined ? [] : [['deno', 'task', 'build']]),
  ]
  const name = config.tasks['build'] === undefined ? 'Caching modules' : 'Running build'
  return [
    ...(config.dependencies || source.has('package.json') ? [install] : []),
    ...(rest.length > 0 ? [step(name, ['.'], rest)] : []),
  ]
}

function step(name: string, inputs: string[], commands: string[][]): BuildStep {
  return { name, inputs, commands, caches: [], variables: VARIABLES, secrets: true }
}

/** A task of plain words runs as it stands; a file is told where to listen, which `Deno.serve` would not ask for. */
function startCommand(source: Source, { tasks }: DenoJson, entry: string | undefined) {
  const task = tasks['start']?.trim()
  if (task !== undefined) {
    const plain = /^deno (?:run|serve)(?: [\w@%+=:,./-]+)+$/.test(task)
    return { command: plain ? task : 'deno task start', because: 'the task `start`' }
  }
  if (entry === undefined) return undefined
  const serves = /^export default\b/m.test(source.text(entry) ?? '') && /\bfetch\b/.test(source.text(entry) ?? '')
  const command = serves
    ? `deno serve --allow-all --host 0.0.0.0 --port $PORT ${entry}`
    : `DENO_SERVE_ADDRESS=tcp:0.0.0.0:$PORT deno run --allow-all ${entry}`
  return { command, because: `${entry} is there${serves ? ' and exports what serves requests' : ''}` }
}

function readConfig(source: Source): DenoJson {
  const file = CONFIG_FILES.find((name) => source.has(name))
  const json = file === undefined ? {} : parse(file, source.text(file) ?? '{}')
  const tasks = Object.entries((json['tasks'] ?? {}) as Record<string, unknown>).flatMap(([name, task]) => {
    const command = typeof task === 'string' ? task : (task as { command?: unknown } | null)?.command
    return typeof command === 'string' ? [[name, command]] : []
  })
  return {
    tasks: Object.fromEntries(tasks),
    workspace: json['workspace'] !== undefined,
    dependencies: json['imports'] !== undefined || json['workspace'] !== undefined || json['importMap'] !== undefined,
  }
}

/** JSON with comments and commas at the end. */
function parse(file: string, text: string): Record<string, unknown> {
  const plain = text
    .replace(/("(?:[^"\\]|\\.)*")|\/\/.*|\/\*[\s\S]*?\*\//g, '$1')
    .replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, '$1')
  try {
    const json: unknown = JSON.parse(plain)
    if (typeof json === 'object' && json !== null) return json as Record<string, unknown>
  } catch (cause) {
    throw new BuildFailure(
      'deno.invalid-config',
      `${file} cannot be read: it is no JSON.`,
      {
        fix: `Correct ${file} and push again. To check it:`,
        command: `deno fmt --check ${file}`,
      },
      { cause },
    )
  }
  return {}
}

function unlocked(): string {
  return 'There is no deno.lock: every build may get other versions. Run `deno install` and commit the file.'
}
