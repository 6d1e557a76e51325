import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import satisfies from 'semver/functions/satisfies.js'
import { runCommand } from './command.ts'
import { BuildFailure } from './errors.ts'
import { explain, typed } from './explain.ts'
import type { Output } from './output.ts'

export type RuntimeRequest = {
  /** Range of Node.js versions, as in engines.node. */
  range: string
  /** Where runtimes are kept, for all apps of the box. */
  directory: string
  environment: Record<string, string>
  output: Output
  signal: AbortSignal
}

/** As variables, so that commands stay short enough to read. */
export const QUIET_NPM = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_update_notifier: 'false' }

/** Node.js is in the npm registry as well, one package for each machine. */
export function nodePackage(architecture: string = process.arch): string {
  return `node-linux-${architecture === 'arm64' ? 'arm64' : 'x64'}`
}

/** True when the platform's own Node.js will do, and nothing has to be installed. */
export function isOwnNode(range: string): boolean {
  return satisfies(process.versions.node, range)
}

/**
 * Directory with a `node` of this range: our own where it fits, else one installed from the npm registry and kept.
 * Throws BuildFailure when there is no such version or no way to the registry.
 */
export async function nodeDirectory(request: RuntimeRequest): Promise<string> {
  if (isOwnNode(request.range)) return dirname(process.execPath)
  const installed = join(request.directory, `node-${encodeURIComponent(request.range)}`)
  const bin = join(installed, 'node_modules', nodePackage(), 'bin')
  if (!existsSync(join(bin, 'node'))) await install(request, installed)
  return bin
}

async function install(request: RuntimeRequest, target: string): Promise<void> {
  const partial = `${target}.${process.pid}.partial`
  mkdirSync(partial, { recursive: true })
  request.output.heading(`Installing Node.js ${request.range}`)
  try {
    await npmInstall(request, partial)
    rmSync(target, { recursive: true, force: true })
    renameSync(partial, target)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}

async function npmInstall({ range, environment, output, signal }: RuntimeRequest, directory: string): Promise<void> {
  const argv = ['npm', 'install', '--no-save', '--ignore-scripts', '--prefix', directory, `${nodePackage()}@${range}`]
  const exit = await runCommand(
    { argv, directory, environment: { ...QUIET_NPM, ...environment } },
    (line) => output.line(line),
    signal,
  )
  if (exit.code === 0) return
  const failure = explain({ command: typed(argv), ...exit, output: output.recent })
  if (failure.code !== 'npm.no-such-version') throw failure
  throw new BuildFailure(
    'node.no-such-version',
    `There is no Node.js that fits engines.node in package.json: ${range}`,
    {
      fix: 'Name a version that exists.',
      command: 'npm pkg set engines.node=24.x',
    },
  )
}

/** Where npm is among the directories of PATH, undefined when there is none. */
export function findNpm(path: string): string | undefined {
  return path.split(delimiter).find((directory) => directory !== '' && isExecutable(join(directory, 'npm')))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
