import { dirname } from 'node:path/posix'
import { CERTIFICATES, CONFIG_VARS, cacheMount, certificateMount, configVarsMount, memoryMount } from './mounts.ts'
import { addGiven, giveMade, giveWithout, NOW } from './other-stage.ts'
import { allSteps, type BuildPlan, type BuildStep, type Cache, type Runtime } from './plan.ts'
import { installArguments, npmProgram, QUIET_NPM } from './runtime.ts'
import { trustVariables } from './trust.ts'

export type DockerfileOptions = {
  /** Base image: has node, npm, sh, a user 1000 and /app owned by that user. */
  stack: string
  /** Names the caches, which are one app's own. */
  app: string
  /** True where the machine has certificate authorities of its own, given as the secret `ca`. */
  certificates: boolean
  /** Those of the plan that the stack does not have and the npm registry does. */
  runtimes: Runtime[]
}

const OWNER = { user: 1000, group: 1000 }
const USER = `${OWNER.user}:${OWNER.group}`
const ENV_DIRECTORY = '/run/paas-env'
const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
/** Config vars come as a mounted file and leave with the mount: no layer, no history and no cache key has them. */
const WITH_CONFIG_VARS = `if [ -f ${CONFIG_VARS} ]; then set -a; . ${CONFIG_VARS}; set +a; fi; `

/**
 * The plan as text for the BuildKit of Docker 20.10 and later: no heredocs, no `COPY --link`. A code-only push changes
 * nothing before the last COPY; where a step needs the whole source or packages of its own, only outputs reach the final
 * image.
 */
export function renderDockerfile(plan: BuildPlan, options: DockerfileOptions): string {
  const all = allSteps(plan)
  const assets = plan.assetSteps?.length ?? 0
  const aside = all.findIndex((step) => step.aside !== undefined)
  const rendered = all.map((step, index) => {
    const marks = index === aside - 1 ? 'after' : index === assets - 1 ? 'before' : undefined
    return { step, lines: renderStep(step, index, { ...options, marks, source: sourceOf(plan, index < assets) }) }
  })
  const steps = rendered.slice(assets)
  const first = steps.filter(({ step }) => !step.inRunImage)
  const last = steps.filter(({ step }) => step.inRunImage)
  const staged = first.some(({ step }) => step.inputs.includes('.')) || (first.length > 0 && hasBuildPackages(plan))
  const lines = [
    ...base(plan, options),
    ...(assets > 0 ? ['FROM base AS assets', ...asUser(rendered.slice(0, assets)), ...giveMade('node_modules')] : []),
    ...(assets > 0 && !staged ? ['FROM base'] : []),
    ...(staged ? buildStages(plan, first) : asUser(first)),
    ...(copiesSource(plan) ? [] : sourceOf(plan)),
    ...asUser(last),
    ...brought(plan),
    ...environment(plan),
  ]
  return [...lines, `USER ${USER}`, ...command(plan), ''].join('\n')
}

type StepOptions = DockerfileOptions & {
  /** Which command the moment is remembered at, after or before it. */
  marks: 'after' | 'before' | undefined
  /** How the whole source comes in. */
  source: string[]
}

type Rendered = { step: BuildStep; lines: string[] }

/** Where the steps are carried out, and the beginning of the image that runs. */
function buildStages(plan: BuildPlan, steps: Rendered[]): string[] {
  const packages = debianPackages(plan.buildPackages ?? [])
  const index = steps.findIndex(({ step }) => step.aside !== undefined)
  const aside = steps[index]
  if (!aside?.step.aside) return ['FROM base AS build', ...packages, ...asUser(steps), 'FROM base', ...outputs(plan)]
  return [
    'FROM base AS installed',
    ...packages,
    ...asUser(steps.slice(0, index)),
    'FROM installed AS aside',
    ...aside.lines,
    'FROM installed AS build',
    ...steps.slice(index + 1).flatMap(({ lines }) => lines),
    ...giveWithout(aside.step.aside),
    ...['FROM base', `COPY --from=aside --chown=${USER} ["/app","/app"]`, addGiven('build', USER)],
  ]
}

/** With what was made of it in the stage for assets, which itself has the source alone. */
function sourceOf({ assetSteps = [] }: BuildPlan, alone = false): string[] {
  return [...copy(['.']), ...(alone || assetSteps.length === 0 ? [] : [addGiven('assets', USER)])]
}

function asUser(steps: { lines: string[] }[]): string[] {
  return steps.length === 0 ? [] : [`USER ${USER}`, ...steps.flatMap(({ lines }) => lines)]
}

function hasBuildPackages({ buildPackages = [] }: BuildPlan): boolean {
  return buildPackages.length > 0
}

function copiesSource({ steps }: BuildPlan): boolean {
  return steps.some(({ inputs }) => inputs.includes('.'))
}

/** Marks the commands of a step in BuildKit's own report: it stands as `$0` of the shell that runs them. */
export function stepMark(index: number): string {
  return `paas-step-${index + 1}`
}

/** Config vars as a file for the shell: single quotes keep every character but the quote itself. */
export function configVarsFile(environment: Record<string, string>): string {
  return Object.entries(environment)
    .filter(([name]) => SHELL_NAME.test(name))
    .map(([name, value]) => `${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('')
}

function base(plan: BuildPlan, options: DockerfileOptions): string[] {
  const tools = options.runtimes.filter(({ only }) => only === 'build')
  const stages = tools.flatMap((tool) => [`FROM ${options.stack} AS tool-${tool.name}`, ...install(tool, options)])
  const running = options.runtimes.filter(({ only }) => only === undefined)
  const runtimes = running.flatMap((runtime) => [...install(runtime, options), `ENV PATH="${bin(runtime)}:$PATH"`])
  return [...stages, `FROM ${options.stack} AS base`, 'WORKDIR /app', ...debianPackages(plan.packages), ...runtimes]
}

function debianPackages(packages: string[]): string[] {
  if (packages.length === 0) return []
  // The base has no manuals; Java's packages fail where not even their directory is.
  const install = 'mkdir -p /usr/share/man/man1 && apt-get update && apt-get install -y --no-install-recommends "$@"'
  const tidy = 'rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb'
  return [`RUN ${JSON.stringify(['sh', '-c', `${install} && ${tidy}`, 'apt', ...packages])}`]
}

/** No cache: one that all apps share is one that any app's Dockerfile can fill. Apps share the layer itself. */
function install(runtime: Runtime, { certificates }: DockerfileOptions): string[] {
  const mounts = [memoryMount('/root/.npm'), ...(certificates ? [certificateMount(OWNER)] : [])]
  const variables = { ...QUIET_NPM, ...(certificates ? { NODE_EXTRA_CA_CERTS: CERTIFICATES } : {}) }
  const argv = ['env', ...assignments(variables), ...installArguments(runtime, prefix(runtime))]
  return [['RUN', ...mounts, JSON.stringify(argv)].join(' ')]
}

function prefix({ name }: Runtime): string {
  return `/opt/${name}`
}

function bin(runtime: Runtime): string {
  return `${prefix(runtime)}/node_modules/${npmProgram(runtime)?.directory}`
}

function renderStep(step: BuildStep, index: number, options: StepOptions): string[] {
  const tools = options.runtimes.filter(({ only }) => only === 'build')
  const mounts = [
    ...tools.map((tool) => `--mount=type=bind,from=tool-${tool.name},source=${prefix(tool)},target=${prefix(tool)}`),
    ...new Set(step.caches.map((cache) => cacheMount(options.app, cache.id, cachePlace(cache), OWNER))),
    ...(options.certificates ? [certificateMount(OWNER)] : []),
    ...(step.secrets ? [configVarsMount(OWNER)] : []),
    ...(step.secrets === 'files' ? [memoryMount(ENV_DIRECTORY)] : []),
  ]
  const variables = {
    ...step.variables,
    ...(step.secrets === 'files' ? { PAAS_CONFIG_VARS: CONFIG_VARS, PAAS_ENV_DIR: ENV_DIRECTORY } : {}),
    ...Object.fromEntries(
      step.caches.flatMap((cache) => ('variable' in cache ? [[cache.variable, cachePlace(cache)]] : [])),
    ),
    ...(options.certificates ? trustVariables(CERTIFICATES) : {}),
  }
  const path = tools.length === 0 ? '' : `PATH=${tools.map((tool) => `${bin(tool)}:`).join('')}$PATH; `
  const given = path + (step.secrets === 'files' ? '' : WITH_CONFIG_VARS)
  const runs = step.commands.map((argv, position) => {
    const before = options.marks === 'before' && position === 0 ? `${NOW} && ` : ''
    const after = options.marks === 'after' && position === step.commands.length - 1
    const shell = ['sh', '-c', given + (after ? `"$@" && ${NOW}` : `${before}exec "$@"`), stepMark(index)]
    return ['RUN', ...mounts, JSON.stringify(['env', ...assignments(variables), ...shell, ...argv])].join(' ')
  })
  return [...(step.inputs.includes('.') ? options.source : copy(step.inputs)), ...runs]
}

function assignments(variables: Record<string, string>): string[] {
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`)
}

/** Files lose their directories in COPY, so there is one for each directory. */
function copy(paths: string[]): string[] {
  const directories = paths.filter((path) => path.endsWith('/'))
  const files = Map.groupBy(
    paths.filter((path) => !path.endsWith('/')),
    dirname,
  )
  return [
    ...[...files].map(([parent, names]) => copyTo(parent === '.' ? './' : `./${parent}/`, names)),
    ...directories.map((path) => copyTo(`./${path}`, [path])),
  ]
}

function copyTo(target: string, paths: string[]): string {
  return `COPY --chown=${USER} ${JSON.stringify([...paths, target])}`
}

function outputs({ outputs: paths }: BuildPlan): string[] {
  return paths.map((path) => {
    const place = path === '.' ? '/app' : `/app/${path}`
    return `COPY --from=build --chown=${USER} ${JSON.stringify([place, place])}`
  })
}

/** A build stage has no reason to make them, so they come straight from the context. */
function brought(plan: BuildPlan): string[] {
  if (!copiesSource(plan)) return []
  const running = (plan.assets ?? []).filter(({ only }) => only === undefined)
  return running.map(({ path }) => `COPY --chown=${USER} ${JSON.stringify([path, `/app/${path}`])}`)
}

function environment(plan: BuildPlan): string[] {
  const variables = Object.entries(plan.environment).map(([name, value]) => `ENV ${name}=${quoted(value)}`)
  const path = (plan.path ?? []).map((directory) => `/app/${directory}`)
  return path.length === 0 ? variables : [...variables, `ENV PATH="${[...path, '$PATH'].join(':')}"`]
}

function quoted(value: string): string {
  return `"${value.replace(/[\\"$]/g, '\\$&')}"`
}

function command({ processTypes }: BuildPlan): string[] {
  const web = processTypes['web']
  return typeof web === 'string' ? [`CMD ${JSON.stringify(['/bin/sh', '-c', web])}`] : []
}

function cachePlace(cache: Cache): string {
  return 'path' in cache ? `/app/${cache.path}` : `/cache/${cache.id}`
}
