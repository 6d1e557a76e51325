import type { BuildStep, Cache } from '../../plan.ts'
import type { Source } from '../../source.ts'
import type { PackageJson } from '../package-json.ts'
import type { ChosenManager } from './choose-manager.ts'
import type { Member } from './member.ts'
import type { PackageManager } from './package-manager.ts'

/** Build steps want development tools beside NODE_ENV=production, as Heroku gives them. */
const VARIABLES = { NODE_ENV: 'production', CI: 'true' }
/** More COPY instructions than these come near the number of layers that an engine can stack. */
const MOST_DIRECTORIES = 40
/** Checks of the package manager alone, which this build has made already. */
const ONLY_ALLOW = /^npx (?:-y |--yes )?only-allow(?:@\S+)? \w+$/
const WITHOUT_SCRIPTS =
  "const fs = require('node:fs'); const json = JSON.parse(fs.readFileSync('package.json', 'utf8')); for (const name of process.argv.slice(1)) delete json.scripts[name]; fs.writeFileSync('package.json', JSON.stringify(json, null, 2))"

export type App = {
  source: Source
  json: PackageJson
  chosen: ChosenManager
  /** Directories of the workspace's packages, undefined without one. */
  directories: string[] | undefined
}

export type BuildWishes = {
  /** Packages of the workspace to build, in this order, where the top has no build script. */
  members: Member[]
  /** Caches of the framework in the app. */
  caches: Cache[]
  /** For the build scripts. */
  variables: Record<string, string>
  /** What is left to do after the build script. */
  afterBuild: string[][]
  /** False where the image takes only what the build made, and no packages. */
  keepsPackages: boolean
}

export type DependencySteps = { steps: BuildStep[]; warnings: string[]; exclude: string[]; installs: boolean }

/** What the package manager has to do: install, build, prune; nothing at all for an app without dependencies. */
export function dependencySteps(app: App, wishes: BuildWishes): DependencySteps {
  const { source, json, chosen } = app
  const build = ['heroku-postbuild', 'build'].find((name) => json.scripts[name])
  const installs = needsInstall(app)
  const inputs = manifests(app)
  const own = installs && inputs ? ownScripts(app) : []
  const members = build === undefined ? wishes.members.filter(({ json: { scripts } }) => scripts['build']) : []
  const development = build !== undefined || own.length > 0 || members.length > 0
  const steps: BuildStep[] = []
  if (json.scripts['heroku-prebuild']) steps.push(scriptStep(chosen.manager, [{ script: 'heroku-prebuild' }]))
  if (installs) steps.push(installStep(app, inputs, development, wishes.caches))
  const scripts = [
    ...[...own, ...(build === undefined ? [] : [build])].map((script) => ({ script })),
    ...members.map(({ directory }) => ({ script: 'build', directory })),
  ]
  const prune = installs && development && wishes.keepsPackages ? pruning(app, own) : []
  const aside = prune.length > 0 && canPruneAside(app, inputs)
  if (aside) steps.push(pruneStep(chosen.manager, prune))
  if (scripts.length > 0) steps.push(scriptStep(chosen.manager, scripts, wishes, aside ? [] : prune))
  const vendored = installs && source.hasDirectory('node_modules')
  return {
    steps,
    installs,
    warnings: warnings(chosen, installs && chosen.lockFile === undefined, vendored),
    exclude: vendored ? ['node_modules'] : [],
  }
}

function needsInstall({ json, chosen, directories }: App): boolean {
  if (directories !== undefined || chosen.manager.installScripts.some((name) => json.scripts[name])) return true
  return Object.keys(json.dependencies).length > 0 || Object.keys(json.devDependencies).length > 0
}

/**
 * What decides about the packages: manifests, lock file, settings. A push that leaves them alone does not install again.
 * Undefined where installing reads more of the tree than that.
 */
function manifests({ source, json, chosen, directories = [] }: App): string[] | undefined {
  const preinstall = json.scripts['preinstall']
  if (preinstall !== undefined && !ONLY_ALLOW.test(preinstall.trim())) return undefined
  if (hasLocalPackages(json) || directories.length > MOST_DIRECTORIES) return undefined
  if (directories.some((directory) => readsItsTree(source, directory, chosen.manager))) return undefined
  const lockFile = chosen.lockFile === undefined ? [] : [chosen.lockFile]
  const settings = chosen.manager.settings.filter((name) =>
    name.endsWith('/') ? source.hasDirectory(name.slice(0, -1)) : source.has(name),
  )
  return ['package.json', ...directories.map((directory) => `${directory}/package.json`), ...lockFile, ...settings]
}

function hasLocalPackages(json: PackageJson): boolean {
  const local = [...Object.values(json.dependencies), ...Object.values(json.devDependencies)]
  return local.some((range) => /^(?:file:|link:|portal:|\.{0,2}\/)/.test(range))
}

/** A package of the workspace with install scripts, or with programs that can only be linked when they are there. */
function readsItsTree(source: Source, directory: string, manager: PackageManager): boolean {
  try {
    const json: unknown = JSON.parse(source.text(`${directory}/package.json`) ?? '{}')
    const { bin, scripts } = (json ?? {}) as { bin?: unknown; scripts?: Record<string, unknown> }
    return bin !== undefined || manager.installScripts.some((name) => scripts?.[name] !== undefined)
  } catch {
    return true
  }
}

/** Install scripts of the app itself: they may need any file of the tree, so they run when it is there. */
function ownScripts({ json, chosen }: App): string[] {
  return chosen.manager.installScripts.filter((name) => name !== 'preinstall' && json.scripts[name])
}

function installStep(
  { json, chosen }: App,
  inputs: string[] | undefined,
  development: boolean,
  caches: Cache[],
): BuildStep {
  const { manager, lockFile } = chosen
  const later = inputs ? manager.installScripts.filter((name) => json.scripts[name]) : []
  const places = caches.flatMap((cache) => ('path' in cache ? [cache.path] : []))
  return {
    name: 'Installing dependencies',
    inputs: inputs ?? ['.'],
    commands: [
      ...(later.length > 0 ? [['node', '-e', WITHOUT_SCRIPTS, ...later]] : []),
      manager.install({ frozen: lockFile !== undefined, development }),
      ...(places.length > 0 ? [['mkdir', '-p', ...places]] : []),
    ],
    caches: manager.caches,
    variables: { ...VARIABLES, ...manager.variables },
    secrets: true,
  }
}

function scriptStep(
  manager: PackageManager,
  scripts: { script: string; directory?: string }[],
  wishes?: BuildWishes,
  prune: string[][] = [],
): BuildStep {
  return {
    name: `Running ${scripts.map(({ script, directory }) => (directory ? `${script} of ${directory}` : script)).join(', ')}`,
    inputs: ['.'],
    commands: [
      ...scripts.map(({ script, directory }) => manager.run(script, directory)),
      ...(wishes?.afterBuild ?? []),
      ...prune,
    ],
    caches: [...manager.caches, ...(wishes?.caches ?? [])],
    variables: { ...VARIABLES, ...manager.variables, ...wishes?.variables },
    secrets: true,
  }
}

/** A result that only manifests decide about is there again at the next push of code, as a layer of its own. */
function canPruneAside({ json, chosen }: App, inputs: string[] | undefined): boolean {
  return inputs !== undefined && chosen.manager.bin !== undefined && json.scripts['heroku-prebuild'] === undefined
}

function pruneStep(manager: PackageManager, commands: string[][]): BuildStep {
  return {
    name: 'Leaving out development dependencies',
    inputs: [],
    commands,
    caches: manager.caches,
    variables: { ...VARIABLES, ...manager.variables },
    secrets: true,
    aside: 'node_modules',
  }
}

/** Bun starts from nothing, so what the app's own scripts left among the packages would be lost. */
function pruning({ chosen: { manager, lockFile } }: App, own: string[]): string[][] {
  if (manager.name === 'bun' && own.length > 0) return []
  return lockFile === undefined && manager.name !== 'npm' ? [] : manager.prune
}

function warnings({ manager }: ChosenManager, unlocked: boolean, vendored: boolean): string[] {
  const list: string[] = []
  if (unlocked) {
    const name = { npm: 'package-lock.json', pnpm: 'pnpm-lock.yaml', yarn: 'yarn.lock', bun: 'bun.lock' }[manager.name]
    list.push(
      `There is no ${name}: every build may get other versions. Run \`${manager.name} install\` and commit the file.`,
    )
  }
  if (vendored) {
    list.push(
      'node_modules is in git and is left out: dependencies are installed afresh. Add node_modules to .gitignore.',
    )
  }
  return list
}
