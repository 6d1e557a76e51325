import type { BuildPlan, BuildStep } from './plan.ts'

export type DockerfileOptions = {
  /** Base image: has node, npm, sh, a user 1000 and /app owned by that user. */
  stack: string
  /** Names the caches, which are one app's own. */
  app: string
  /** True where the machine has certificate authorities of its own, given as the secret `ca`. */
  certificates: boolean
  /** npm package with the Node.js to install, undefined where the one of the stack will do. */
  nodePackage: string | undefined
}

const USER = '1000:1000'
const CERTIFICATES = '/run/paas/ca.crt'
const CONFIG_VARS = '/run/paas/env'
const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
/** Where a Node.js other than the stack's goes; the instruction that puts it there has this text. */
export const NODE_PREFIX = '/opt/node'
/** Config vars come as a mounted file and leave with the mount: no layer, no history and no cache key has them. */
const WITH_CONFIG_VARS = `if [ -f ${CONFIG_VARS} ]; then set -a; . ${CONFIG_VARS}; set +a; fi; exec "$@"`

/**
 * The plan as text for the BuildKit of Docker 20.10 and later: no heredocs, no `COPY --link`. A code-only push changes
 * nothing before the last COPY; where a step needs the whole source, only its outputs reach the final image.
 */
export function renderDockerfile(plan: BuildPlan, options: DockerfileOptions): string {
  const built = plan.steps.some(({ inputs }) => inputs.includes('.'))
  const steps = plan.steps.flatMap((step, index) => renderStep(step, index, options))
  const lines = built
    ? [...base(plan, options), 'FROM base AS build', `USER ${USER}`, ...steps, 'FROM base', ...outputs(plan)]
    : [...base(plan, options), ...(steps.length > 0 ? [`USER ${USER}`, ...steps] : []), copy(['.'])]
  return [...lines, ...assets(plan), ...environment(plan), `USER ${USER}`, ...command(plan), ''].join('\n')
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
  return [`FROM ${options.stack} AS base`, 'WORKDIR /app', ...debianPackages(plan), ...nodeRuntime(options)]
}

function debianPackages({ packages }: BuildPlan): string[] {
  if (packages.length === 0) return []
  const install = 'apt-get update && apt-get install -y --no-install-recommends "$@" && rm -rf /var/lib/apt/lists/*'
  return [`RUN ${JSON.stringify(['sh', '-c', install, 'apt', ...packages])}`]
}

function nodeRuntime({ nodePackage, certificates }: DockerfileOptions): string[] {
  if (nodePackage === undefined) return []
  const name = nodePackage.slice(0, nodePackage.indexOf('@'))
  const argv = ['npm', 'install', '--global', '--ignore-scripts', '--prefix', NODE_PREFIX, nodePackage]
  const quiet = ['npm_config_audit=false', 'npm_config_fund=false', 'npm_config_update_notifier=false']
  const variables = certificates ? [...quiet, `NODE_EXTRA_CA_CERTS=${CERTIFICATES}`] : quiet
  // No cache: one that all apps share is one that any app's Dockerfile can fill. Apps share the layer itself.
  const mounts = ['--mount=type=tmpfs,target=/root/.npm', ...(certificates ? [certificateMount()] : [])]
  return [
    ['RUN', ...mounts, JSON.stringify(['env', ...variables, ...argv])].join(' '),
    `ENV PATH="${NODE_PREFIX}/lib/node_modules/${name}/bin:$PATH"`,
  ]
}

function renderStep(step: BuildStep, index: number, options: DockerfileOptions): string[] {
  const mounts = [
    ...step.caches.map(
      ({ id }) => `--mount=type=cache,id=paas-${options.app}-${id},target=${cachePath(id)},uid=1000,gid=1000`,
    ),
    ...(options.certificates ? [certificateMount()] : []),
    ...(step.secrets ? [`--mount=type=secret,id=env,target=${CONFIG_VARS},uid=1000,gid=1000,required=false`] : []),
  ]
  const variables = {
    ...step.variables,
    ...Object.fromEntries(step.caches.map(({ id, variable }) => [variable, cachePath(id)])),
    ...(options.certificates ? { NODE_EXTRA_CA_CERTS: CERTIFICATES } : {}),
  }
  const words = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  const runs = step.commands.map((argv) =>
    ['RUN', ...mounts, JSON.stringify(['env', ...words, 'sh', '-c', WITH_CONFIG_VARS, stepMark(index), ...argv])].join(
      ' ',
    ),
  )
  return [copy(step.inputs), ...runs]
}

function copy(paths: string[]): string {
  return `COPY --chown=${USER} ${JSON.stringify([...paths, './'])}`
}

function outputs({ outputs: paths }: BuildPlan): string[] {
  return paths.map((path) => {
    const place = path === '.' ? '/app' : `/app/${path}`
    return `COPY --from=build --chown=${USER} ${JSON.stringify([place, place])}`
  })
}

/** A build stage has no reason to make them, so they come straight from the context. */
function assets(plan: BuildPlan): string[] {
  if (!plan.steps.some(({ inputs }) => inputs.includes('.'))) return []
  return (plan.assets ?? []).map(({ path }) => `COPY --chown=${USER} ${JSON.stringify([path, `/app/${path}`])}`)
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

function certificateMount(): string {
  return `--mount=type=secret,id=ca,target=${CERTIFICATES},uid=1000,gid=1000,required=false`
}

function cachePath(id: string): string {
  return `/cache/${id}`
}
