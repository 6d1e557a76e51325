import type { BuildPlan, Runtime } from '../plan.ts'
import { parseProcfile } from '../procfile.ts'
import type { Source } from '../source.ts'
import type { Buildpack } from './buildpack.ts'
import { chooseManager } from './node/choose-manager.ts'
import { dependencySteps } from './node/dependencies.ts'
import { detectFramework, type Framework } from './node/frameworks.ts'
import type { PackageManager } from './node/package-manager.ts'
import { isDevelopmentServer, type Start, startFile, startScript } from './node/start.ts'
import { nodeVersion } from './node/version.ts'
import { type PackageJson, readPackageJson } from './package-json.ts'

const FILE_SERVER = '.paas/static-server.mjs'

/** Node.js and Bun: whatever has a package.json. Which of the two runs the app, its start command tells. */
export const node: Buildpack = {
  name: 'node',
  title: 'Node.js',
  detect: (source) => (source.entries.has('package.json') ? 'package.json' : undefined),
  plan(source, because): BuildPlan {
    const json = readPackageJson(source)
    const version = nodeVersion(source, json)
    const chosen = chooseManager(source, json)
    const procfile = parseProcfile(source.text('Procfile') ?? '')
    const framework = detectFramework(source, json)
    const chosenStart = start(source, json, {
      manager: chosen.manager,
      node: version.runtime.version,
      framework,
      procfile,
    })
    const outputs = (chosenStart?.framework && Object.keys(procfile).length === 0 && framework?.outputs) || ['.']
    const { steps, warnings, exclude, installs } = dependencySteps(
      { source, json, chosen },
      {
        caches: framework?.caches ?? [],
        afterBuild: (chosenStart?.framework && framework?.afterBuild) || [],
        keepsPackages: outputs.includes('.'),
      },
    )
    const commands = [chosenStart?.command ?? '', ...Object.values(procfile)]
    const serves = chosenStart?.framework === true && framework?.site !== undefined
    return {
      buildpack: 'node',
      title: /^bunx? /.test(chosenStart?.command ?? '') ? 'Bun' : 'Node.js',
      because,
      runtimes: [version.runtime, ...(chosen.runtime && installs ? [whereNeeded(chosen.runtime, commands)] : [])],
      packages: [],
      steps,
      outputs,
      environment: { NODE_ENV: 'production', ...(chosenStart?.framework ? framework?.environment : {}) },
      ...(chosen.manager.bin !== undefined && outputs.includes('.') ? { path: [chosen.manager.bin] } : {}),
      ...(serves ? { assets: [{ path: FILE_SERVER, asset: 'static-server.mjs' }] } : {}),
      processTypes: chosenStart ? { web: chosenStart.command } : {},
      ...(chosenStart ? { notes: [`web starts with \`${chosenStart.command}\`: ${chosenStart.because}`] } : {}),
      warnings: [...version.warnings, ...chosen.warnings, ...warnings],
      ...(exclude.length > 0 ? { exclude } : {}),
    }
  },
}

type Surroundings = {
  manager: PackageManager
  node: string
  framework: Framework | undefined
  procfile: Record<string, string>
}

/** The app's own word first; a framework where there is none, or one that only suits its developer. */
function start(
  source: Source,
  json: PackageJson,
  { manager, node, framework, procfile }: Surroundings,
): (Start & { framework?: true }) | undefined {
  if (procfile['web'] !== undefined) return undefined
  const script = json.scripts['start']?.trim() ?? ''
  const suits = script !== '' && !(framework && (isDevelopmentServer(script) || framework.replaces?.test(script)))
  if (suits) return startScript(json, manager)
  const byFramework = framework && frameworkStart(framework, manager)
  if (byFramework) return byFramework
  return startFile(source, json, { manager, node })
}

function frameworkStart(framework: Framework, manager: PackageManager): (Start & { framework: true }) | undefined {
  const { title, dependency, start: command, site, failure } = framework
  if (failure) throw failure
  const because = `${title} (${dependency} in package.json)`
  if (site) {
    const words = ['node', FILE_SERVER, site.directory, ...(site.spa ? ['--spa'] : [])]
    return { command: words.join(' '), because: `${because} makes the files of ${site.directory}`, framework: true }
  }
  if (command === undefined) return undefined
  const found = manager.bin === undefined ? `yarn ${command}` : command
  return { command: found, because, framework: true }
}

/** A package manager or Bun is part of the image only where a process is started by it. */
function whereNeeded(runtime: Runtime, commands: string[]): Runtime {
  const { only: _, ...always } = runtime
  const program = new RegExp(`(?:^|[\\s;&|(])${runtime.name}x?(?:\\s|$)`)
  return commands.some((command) => program.test(command)) ? always : runtime
}
