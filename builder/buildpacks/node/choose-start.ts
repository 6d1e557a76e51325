import { join } from 'node:path/posix'
import type { PackageJson } from '../package-json.ts'
import { detectFramework, type Framework } from './frameworks.ts'
import type { PackageManager } from './package-manager.ts'
import { isDevelopmentServer, type Start, startFile, startScript } from './start.ts'
import type { Tree } from './tree.ts'

export const FILE_SERVER = '.paas/static-server.mjs'

/** What a package starts with, and its framework, whose needs count only where it is what starts. */
export type ChosenStart = { start: Start | undefined; framework: Framework | undefined; byFramework: boolean }

type Surroundings = { manager: PackageManager; node: string }

/** The app's own word first; a framework where there is none, or one that only suits its developer. */
export function chooseStart(tree: Tree, json: PackageJson, { manager, node }: Surroundings): ChosenStart {
  const framework = detectFramework(tree, json)
  const script = json.scripts['start']?.trim() ?? ''
  const suits = script !== '' && !(framework && (isDevelopmentServer(script) || framework.replaces?.test(script)))
  if (suits) return { start: startScript(json, manager), framework, byFramework: false }
  const start = framework && frameworkStart(framework, manager)
  if (start) return { start, framework, byFramework: true }
  return { start: startFile(tree, json, { manager, node }), framework, byFramework: false }
}

function frameworkStart(framework: Framework, manager: PackageManager): Start | undefined {
  const { title, dependency, start: command, site } = framework
  const because = `${title} (${dependency} in package.json)`
  if (site) {
    const words = ['node', FILE_SERVER, site.directory, ...(site.spa ? ['--spa'] : [])]
    return { command: words.join(' '), because: `${because} makes the files of ${site.directory}` }
  }
  if (command === undefined) return undefined
  return { command: manager.bin === undefined ? `yarn ${command}` : command, because }
}

/** The same for a package of the workspace, seen from the top. */
export function inDirectory(directory: string, { start, framework, byFramework }: ChosenStart): ChosenStart {
  if (!start) return { start, framework, byFramework }
  const beneath = (path: string) => join(directory, path)
  const site = byFramework ? framework?.site : undefined
  const command = site
    ? start.command.replace(` ${site.directory}`, ` ${beneath(site.directory)}`)
    : `cd ${directory} && exec ${start.command}`
  const caches = framework?.caches?.map((cache) => ('path' in cache ? { ...cache, path: beneath(cache.path) } : cache))
  // What is copied together after the build has the workspace's directories in it: there the whole tree is kept.
  const alone = framework?.afterBuild === undefined ? framework?.outputs : undefined
  const { outputs: _, afterBuild: __, ...rest } = framework ?? { title: '', dependency: '' }
  return {
    start: { command, because: `${start.because}, in ${directory}` },
    framework: framework && {
      ...rest,
      ...(caches ? { caches } : {}),
      ...(alone ? { outputs: alone.map(beneath) } : {}),
    },
    byFramework,
  }
}
