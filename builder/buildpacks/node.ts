import type { BuildPlan, Runtime } from '../plan.ts'
import { parseProcfile } from '../procfile.ts'
import type { Source } from '../source.ts'
import type { Buildpack } from './buildpack.ts'
import { chooseManager } from './node/choose-manager.ts'
import { type ChosenStart, chooseStart, inDirectory } from './node/choose-start.ts'
import { dependencySteps } from './node/dependencies.ts'
import { chooseMember, membersOf, withNeeded } from './node/member.ts'
import { beneath } from './node/tree.ts'
import { nodeVersion } from './node/version.ts'
import { workspaceDirectories } from './node/workspaces.ts'
import { readPackageJson } from './package-json.ts'
import { FILE_SERVER_ASSETS } from './static.ts'

/** Node.js and Bun: whatever has a package.json. Which of the two runs the app, its start command tells. */
export const node: Buildpack = {
  name: 'node',
  title: 'Node.js',
  detect: (source) => (source.entries.has('package.json') ? 'package.json' : undefined),
  plan(source, because): BuildPlan {
    const procfile = parseProcfile(source.text('Procfile') ?? '')
    const { json, version, chosen, directories, member, needed, start, framework, byFramework } = decide(
      source,
      procfile,
    )
    const outputs = (byFramework && Object.keys(procfile).length === 0 && framework?.outputs) || ['.']
    const { steps, warnings, exclude, installs } = dependencySteps(
      { source, json, chosen, directories },
      {
        members: needed,
        caches: framework?.caches ?? [],
        variables: (byFramework && framework?.variables) || {},
        afterBuild: (byFramework && framework?.afterBuild) || [],
        keepsPackages: outputs.includes('.'),
      },
    )
    const { bin } = chosen.manager
    const bins = bin === undefined ? [] : [...(member ? [`${member.directory}/${bin}`] : []), bin]
    const frameworkWarnings = byFramework && framework?.warning ? [framework.warning] : []
    const commands = [start?.command ?? '', ...Object.values(procfile)]
    return {
      buildpack: 'node',
      title: /^(?:cd \S+ && exec )?bunx? /.test(start?.command ?? '') ? 'Bun' : 'Node.js',
      because,
      runtimes: [version.runtime, ...(chosen.runtime && installs ? [whereNeeded(chosen.runtime, commands)] : [])],
      packages: [],
      steps,
      outputs,
      environment: { NODE_ENV: 'production', ...(byFramework ? framework?.environment : {}) },
      ...(outputs.includes('.') && bins.length > 0 ? { path: bins } : {}),
      ...(byFramework && framework?.site ? { assets: FILE_SERVER_ASSETS } : {}),
      processTypes: start ? { web: start.command } : {},
      ...(start ? { notes: [`web starts with \`${start.command}\`: ${start.because}`] } : {}),
      warnings: [...version.warnings, ...chosen.warnings, ...warnings, ...frameworkWarnings],
      ...(exclude.length > 0 ? { exclude } : {}),
    }
  },
}

/** Everything that the manifests say, before it is made into steps. */
function decide(source: Source, procfile: Record<string, string>) {
  const json = readPackageJson(source)
  const version = nodeVersion(source, json)
  const chosen = chooseManager(source, json)
  const { manager } = chosen
  const surroundings = { manager, node: version.runtime.version }
  const directories = workspaceDirectories(source, json, manager.name)
  const members = membersOf(source, directories ?? [])
  const web = procfile['web']
  const atTop = chooseStart(source, json, surroundings)
  const member = chooseMember(source, members, { web, startsAtTop: atTop.start !== undefined })
  const { start, framework, byFramework }: ChosenStart = member
    ? inDirectory(member.directory, chooseStart(beneath(source, member.directory), member.json, surroundings))
    : atTop
  if (web === undefined && !start && framework?.failure) throw framework.failure
  const needed = member ? withNeeded(member, members) : []
  const found = web === undefined ? { start, byFramework } : { start: undefined, byFramework: false }
  return { json, version, chosen, directories, member, needed, framework, ...found }
}

/** A package manager or Bun is part of the image only where a process is started by it. */
function whereNeeded(runtime: Runtime, commands: string[]): Runtime {
  const { only: _, ...always } = runtime
  const program = new RegExp(`(?:^|[\\s;&|(])${runtime.name}x?(?:\\s|$)`)
  return commands.some((command) => program.test(command)) ? always : runtime
}
