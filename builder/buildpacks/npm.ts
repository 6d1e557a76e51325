import { BuildFailure } from '../errors.ts'
import type { BuildStep } from '../plan.ts'
import type { Source } from '../source.ts'
import type { PackageJson } from './package-json.ts'

const LOCK_FILES = ['npm-shrinkwrap.json', 'package-lock.json']
const FOREIGN_LOCK_FILES = { 'yarn.lock': 'Yarn', 'pnpm-lock.yaml': 'pnpm', 'bun.lock': 'Bun', 'bun.lockb': 'Bun' }
/** Scripts of the app itself that npm runs while it installs; they may need any file of the tree. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare', 'dependencies']

/** Build steps want development tools beside NODE_ENV=production, as Heroku gives them. */
const VARIABLES = {
  NODE_ENV: 'production',
  CI: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
}
const CACHES = [{ id: 'npm', variable: 'npm_config_cache' }]

export type NpmSteps = { steps: BuildStep[]; warnings: string[]; exclude: string[] }

/** What npm has to do for this tree: install, build, prune; nothing at all for an app without dependencies. */
export function npmSteps(source: Source, json: PackageJson): NpmSteps {
  const lockFile = LOCK_FILES.find((name) => source.has(name))
  const build = ['heroku-postbuild', 'build'].find((name) => json.scripts[name])
  const installs = needsInstall(json)
  if (installs && !lockFile) refuseForeignLockFile(source)
  const steps: BuildStep[] = []
  if (json.scripts['heroku-prebuild']) steps.push(scriptStep('heroku-prebuild'))
  if (installs) steps.push(installStep(source, json, lockFile, build !== undefined))
  if (build) steps.push(scriptStep(build, installs))
  const vendored = installs && source.hasDirectory('node_modules')
  return { steps, warnings: warnings(installs && !lockFile, vendored), exclude: vendored ? ['node_modules'] : [] }
}

function needsInstall(json: PackageJson): boolean {
  if (json.hasWorkspaces || INSTALL_SCRIPTS.some((name) => json.scripts[name])) return true
  return Object.keys(json.dependencies).length > 0 || Object.keys(json.devDependencies).length > 0
}

function installStep(source: Source, json: PackageJson, lockFile: string | undefined, development: boolean): BuildStep {
  const manifests = ['package.json', ...(lockFile ? [lockFile] : []), ...(source.has('.npmrc') ? ['.npmrc'] : [])]
  return {
    name: 'Installing dependencies',
    inputs: needsWholeTree(json) ? ['.'] : manifests,
    commands: [['npm', lockFile ? 'ci' : 'install', development ? '--include=dev' : '--omit=dev']],
    caches: CACHES,
    variables: VARIABLES,
    secrets: true,
  }
}

function needsWholeTree(json: PackageJson): boolean {
  const local = [...Object.values(json.dependencies), ...Object.values(json.devDependencies)]
  return (
    json.hasWorkspaces ||
    INSTALL_SCRIPTS.some((name) => json.scripts[name]) ||
    local.some((range) => /^(?:file:|link:|\.{0,2}\/)/.test(range))
  )
}

function scriptStep(script: string, prune = false): BuildStep {
  const commands = [['npm', 'run', script]]
  if (prune) commands.push(['npm', 'prune', '--omit=dev'])
  return { name: `Running ${script}`, inputs: ['.'], commands, caches: CACHES, variables: VARIABLES, secrets: true }
}

function refuseForeignLockFile(source: Source): void {
  const found = Object.entries(FOREIGN_LOCK_FILES).find(([name]) => source.has(name))
  if (!found) return
  const [name, manager] = found
  throw new BuildFailure(
    'node.package-manager',
    `${name} belongs to ${manager}; apps are built with npm here, and there is no package-lock.json.`,
    {
      fix: `Commit a lock file of npm beside or instead of ${name}.`,
      command: 'npm install && git add package-lock.json && git commit -m "Lock dependencies with npm"',
    },
  )
}

function warnings(unlocked: boolean, vendored: boolean): string[] {
  const list: string[] = []
  if (unlocked) {
    list.push(
      'There is no package-lock.json: every build may get other versions. Run `npm install` and commit the file.',
    )
  }
  if (vendored) {
    list.push(
      'node_modules is in git and is left out: dependencies are installed afresh. Add node_modules to .gitignore.',
    )
  }
  return list
}
