import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import satisfies from 'semver/functions/satisfies.js'
import minVersion from 'semver/ranges/min-version.js'
import { runCommand } from './command.ts'
import { BuildFailure } from './errors.ts'
import { explain, type FailedCommand, typed } from './explain.ts'
import type { Output } from './output.ts'
import type { Runtime } from './plan.ts'
import { findProgram } from './programs.ts'

export type RuntimeRequest = {
  /** Where runtimes are kept, for all apps of the box. */
  directory: string
  environment: Record<string, string>
  output: Output
  signal: AbortSignal
}

/** As variables, so that commands stay short enough to read. */
export const QUIET_NPM = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_update_notifier: 'false' }

const TITLES: Record<string, string> = { node: 'Node.js', bun: 'Bun', deno: 'Deno', yarn: 'Yarn' }

/** A package of the npm registry, and where its programs are below `node_modules`. */
type NpmProgram = { package: string; directory: string }

/** Runtimes of the registry are one package for each machine, without scripts of their own; tools are JavaScript. */
export function npmProgram({ name, version }: Runtime, architecture: string = process.arch): NpmProgram | undefined {
  const arm = architecture === 'arm64'
  const node = `node-linux-${arm ? 'arm64' : 'x64'}`
  const bun = `@oven/bun-linux-${arm ? 'aarch64' : 'x64'}`
  const deno = `@deno/linux-${arm ? 'arm64' : 'x64'}-glibc`
  const programs: Record<string, NpmProgram> = {
    node: { package: node, directory: `${node}/bin` },
    bun: { package: bun, directory: `${bun}/bin` },
    deno: { package: deno, directory: deno },
    npm: { package: 'npm', directory: '.bin' },
    pnpm: { package: 'pnpm', directory: '.bin' },
    yarn: { package: isYarnClassic(version) ? 'yarn' : '@yarnpkg/cli-dist', directory: '.bin' },
  }
  return programs[name]
}

/** Yarn 1; from 2 on it is another program, by the name of Berry. */
export function isYarnClassic(range: string): boolean {
  return (minVersion(range)?.major ?? 1) < 2
}

/** `Node.js 24.x`. */
export function titled({ name, version }: Runtime): string {
  return `${TITLES[name] ?? name} ${version}`
}

/** True when the platform's own Node.js will do, and nothing has to be installed. */
export function isOwnNode(range: string): boolean {
  return satisfies(process.versions.node, range)
}

/** True for what has to come from the npm registry. */
export function needsInstall(runtime: Runtime): boolean {
  return npmProgram(runtime) !== undefined && !(runtime.name === 'node' && isOwnNode(runtime.version))
}

/** Marks the installation in the engine's report: it stands as `$0` of the shell that installs. */
export function installMark({ name }: Runtime): string {
  return `paas-install-${name}`
}

const TO_BE_HAD = 'paas-to-be-had:'
/** The newest of the newest lines, so that whoever named another version can choose. */
const LIST_VERSIONS = `
  let text = ''
  process.stdin.on('data', (data) => (text += data)).on('end', () => {
    const newest = new Map(JSON.parse(text).filter((v) => !v.includes('-')).map((v) => v.split('.').map(Number))
      .sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]).map((v) => [v[0], v.join('.')]))
    console.log('${TO_BE_HAD} ' + [...newest.values()].slice(-8).reverse().join(', '))
  })`
const INSTALL =
  'npm install --no-save --ignore-scripts --prefix "$3" "$1@$2" || { npm view "$1" versions --json 2>/dev/null | node -e "$4"; exit 1; }'

/** Installs a program of the npm registry below `prefix`; where there is no such version, says which there are. */
export function installArguments(runtime: Runtime, prefix: string): string[] {
  const name = npmProgram(runtime)?.package ?? runtime.name
  return ['sh', '-c', INSTALL, installMark(runtime), name, runtime.version, prefix, LIST_VERSIONS.replace(/\s+/g, ' ')]
}

/**
 * Directory with the programs of this runtime: our own Node.js where it fits, else one installed from the npm registry
 * and kept; undefined for what does not come from there. Throws BuildFailure when there is no such version or no way to
 * the registry.
 */
export async function programDirectory(runtime: Runtime, request: RuntimeRequest): Promise<string | undefined> {
  const program = npmProgram(runtime)
  if (!program) return undefined
  if (!needsInstall(runtime)) return dirname(process.execPath)
  const installed = join(request.directory, `${runtime.name}-${encodeURIComponent(runtime.version)}`)
  const directory = join(installed, 'node_modules', program.directory)
  if (!existsSync(directory)) await install(runtime, request, installed)
  return directory
}

async function install(runtime: Runtime, request: RuntimeRequest, target: string): Promise<void> {
  const partial = `${target}.${process.pid}.partial`
  mkdirSync(partial, { recursive: true })
  request.output.heading(`Installing ${titled(runtime)}`)
  try {
    await npmInstall(runtime, request, partial)
    rmSync(target, { recursive: true, force: true })
    renameSync(partial, target)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}

async function npmInstall(
  runtime: Runtime,
  { environment, output, signal }: RuntimeRequest,
  directory: string,
): Promise<void> {
  const exit = await runCommand(
    { argv: installArguments(runtime, directory), directory, environment: { ...QUIET_NPM, ...environment } },
    (line) => output.line(line),
    signal,
  )
  if (exit.code !== 0) throw unavailable(runtime, { ...exit, output: output.recent })
}

/** Why a runtime could not be installed; a version that does not exist is answered with those that do. */
export function unavailable(runtime: Runtime, failed: Omit<FailedCommand, 'command'>): BuildFailure {
  const { name, version, because } = runtime
  const failure = explain({
    command: typed(['npm', 'install', `${npmProgram(runtime)?.package}@${version}`]),
    ...failed,
  })
  if (failure.code !== 'npm.no-such-version') return failure
  const had = failed.output.findLast((line) => line.includes(TO_BE_HAD))?.split(TO_BE_HAD)[1]
  return new BuildFailure(
    `${name}.no-such-version`,
    `There is no ${titled(runtime)} (${because}).${had ? ` To be had are, among others:${had}.` : ''}`,
    {
      fix: 'Name a version that exists.',
      ...(name === 'node' ? { command: 'npm pkg set engines.node=24.x' } : {}),
    },
  )
}

/** Where npm is among the directories of PATH, undefined when there is none. */
export function findNpm(path: string): string | undefined {
  return findProgram('npm', path)
}
