import type { BuildPlan, BuildStep, Runtime } from '../../plan.ts'
import type { Source } from '../../source.ts'
import { readPackageJson } from '../package-json.ts'
import { chooseManager } from './choose-manager.ts'
import { dependencySteps } from './dependencies.ts'
import { nodeVersion } from './version.ts'
import { workspaceDirectories } from './workspaces.ts'

/** Rails' own tasks would build again what is there, by packages that the image does not have. */
const BUILT_ALREADY = { SKIP_JS_BUILD: '1', SKIP_CSS_BUILD: '1', SKIP_YARN_INSTALL: '1' }
/** Languages whose apps have pages. */
export const LANGUAGES = ['ruby', 'python', 'php', 'java', 'go', 'rust', 'elixir']
const BUILDS = ['heroku-postbuild', 'build']
/** As cssbundling for Rails calls its part; `build` is that of jsbundling. */
const STYLES = 'build:css'

/**
 * The plan of an app in another language, with what its package.json builds for browsers put before it, as two buildpacks
 * do it at Heroku. A package.json without such a script changes nothing.
 */
export function withAssets(plan: BuildPlan, source: Source): BuildPlan {
  if (!LANGUAGES.includes(plan.buildpack) || !source.has('package.json')) return plan
  const json = readPackageJson(source)
  const build = BUILDS.find((name) => json.scripts[name])
  if (build === undefined) return plan
  const styles = json.scripts[STYLES] ? [STYLES] : []
  const chosen = chooseManager(source, json)
  const version = nodeVersion(source, json)
  const directories = workspaceDirectories(source, json, chosen.manager.name)
  const wishes = { members: [], caches: [], variables: {}, afterBuild: [], keepsPackages: false }
  const { steps, warnings, exclude, installs } = dependencySteps({ source, json, chosen, directories }, wishes)
  const runtimes = [version.runtime, ...(chosen.runtime && installs ? [chosen.runtime] : [])]
  return {
    ...plan,
    runtimes: [...plan.runtimes, ...runtimes.map(forBuild)],
    assetSteps: withScripts(
      steps,
      styles.map((name) => chosen.manager.run(name)),
    ),
    steps: plan.buildpack === 'ruby' ? plan.steps.map(trusting) : plan.steps,
    notes: [
      ...(plan.notes ?? []),
      `Node.js runs ${[build, ...styles].join(', ')} of package.json first: what this makes stands among the files of the ${plan.title} app.`,
    ],
    warnings: [...plan.warnings, ...version.warnings, ...chosen.warnings, ...warnings],
    ...(exclude.length > 0 || plan.exclude ? { exclude: [...(plan.exclude ?? []), ...exclude] } : {}),
  }
}

function forBuild(runtime: Runtime): Runtime {
  return { ...runtime, only: 'build' }
}

function withScripts(steps: BuildStep[], commands: string[][]): BuildStep[] {
  const last = steps.at(-1)
  return last ? [...steps.slice(0, -1), { ...last, commands: [...last.commands, ...commands] }] : steps
}

function trusting(step: BuildStep): BuildStep {
  return step.inRunImage ? { ...step, variables: { ...step.variables, ...BUILT_ALREADY } } : step
}
