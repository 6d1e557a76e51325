import { type AppJson, appJsonOf, withAppJson } from './app-json/asked.ts'
import { parseAptfile } from './aptfile.ts'
import type { BuildSettings } from './build.ts'
import type { Buildpack } from './buildpacks/buildpack.ts'
import { dockerfile, dockerfileAt } from './buildpacks/dockerfile.ts'
import { withAssets } from './buildpacks/node/assets.ts'
import { staticSite } from './buildpacks/static.ts'
import { chosenBuildpack } from './classic/chosen.ts'
import { cloudNative, type NamedBuilder } from './cloud-native/named.ts'
import { BuildFailure } from './errors.ts'
import { choose } from './languages.ts'
import { noLanguage } from './no-language.ts'
import type { BuildPlan } from './plan.ts'
import { parseProcfile } from './procfile.ts'
import type { Source } from './source.ts'

export type Detected = { buildpack: Buildpack; because: string; warnings: string[] }

/**
 * The first that claims the tree has it. A Dockerfile comes before the languages, but behind them where a Procfile shows
 * a Heroku app; why, says docs/decisions/004-detection-order.md.
 */
export function detect(source: Source, web?: string): Detected {
  const heroku = source.entries.has('Procfile')
  const { claims, reason } = choose(source, web)
  const languages = claims.map(({ language, because }) => ({ buildpack: language.buildpack, because }))
  const container = claim(dockerfile, source)
  const order = heroku ? [...languages, ...container] : [...container, ...languages]
  const [chosen, next] = [...order, ...claim(staticSite, source)]
  if (!chosen) throw noLanguage(source)
  if (!next || next.buildpack === staticSite) return { ...chosen, warnings: [] }
  const both = [chosen, next].some(({ buildpack }) => buildpack === dockerfile)
  return { ...chosen, warnings: [both ? bothFound(chosen, next, heroku) : severalLanguages(chosen, next, reason)] }
}

/**
 * The whole decision: which buildpack, its plan, and the Procfile over its process types. `environment` has the config
 * vars, of which BUILDPACK_URL and STACK have a say; `builder` is one of Cloud Native Buildpacks that somebody has named.
 */
export function planFor(
  source: Source,
  settings: BuildSettings = {},
  environment: Record<string, string> = {},
  builder?: NamedBuilder,
): { plan: BuildPlan; declared: string[] } {
  const procfile = parseProcfile(procfileOf(source, settings))
  const appJson = appJsonOf(source)
  const { buildpack, because, warnings } = chosenFor(source, settings, {
    environment,
    builder,
    appJson,
    web: procfile['web'],
  })
  const plan = withProfile(withAptfile(withAssets(buildpack.plan(source, because), source), source), source)
  const processTypes = { ...procfile, ...missing(plan.processTypes, procfile) }
  if (Object.keys(processTypes).length === 0 && !plan.classic && !plan.cloudNative) throw nothingToStart(buildpack)
  const whole = { ...plan, processTypes, warnings: [...source.warnings, ...warnings, ...plan.warnings] }
  return { plan: withAppJson(whole, appJson), declared: Object.keys(procfile) }
}

type Told = {
  environment: Record<string, string>
  builder: NamedBuilder | undefined
  appJson: AppJson | undefined
  web: string | undefined
}

/** The settings of the app on the box come first, then its config vars and files, then what it looks like. */
function chosenFor(source: Source, settings: BuildSettings, { environment, builder, appJson, web }: Told): Detected {
  if (settings.dockerfile) {
    return { buildpack: dockerfileAt(settings.dockerfile), because: settings.dockerfile, warnings: [] }
  }
  const built = builder && { buildpack: cloudNative(builder), because: builder.because, warnings: [] }
  if (built && settings.builder) return built
  // A builder of project.toml comes before what app.json names.
  const declared = built ? [] : (appJson?.manifest.buildpacks ?? [])
  const named = { set: settings.buildpacks ?? [], environment, declared }
  return chosenBuildpack(source, named, () => built ?? detect(source, web))
}

/** Heroku's scripts for the environment of an app, whatever it is written in; an image of its own has its own. */
function withProfile(plan: BuildPlan, source: Source): BuildPlan {
  const scripts = [...source.files('.profile.d/')].some(({ path }) => path.endsWith('.sh'))
  if (bringsImage(plan) || !(scripts || source.has('.profile'))) return plan
  return { ...plan, profile: true }
}

function withAptfile(plan: BuildPlan, source: Source): BuildPlan {
  const text = source.text('Aptfile')
  if (text === undefined) return plan
  if (bringsImage(plan)) {
    const ignored = `The Aptfile is not read: ${plan.dockerfile ? `the ${plan.dockerfile}` : 'the builder'} says what is in the image.`
    return { ...plan, warnings: [...plan.warnings, ignored] }
  }
  return { ...plan, packages: [...new Set([...plan.packages, ...parseAptfile(text)])] }
}

/** It does not stand on our stack. */
function bringsImage({ dockerfile, cloudNative }: BuildPlan): boolean {
  return dockerfile !== undefined || cloudNative !== undefined
}

function procfileOf(source: Source, { procfile }: BuildSettings): string {
  const text = source.text(procfile ?? 'Procfile')
  if (text !== undefined || !procfile) return text ?? ''
  throw new BuildFailure('procfile.not-found', `There is no ${procfile}, which is set as the Procfile of the app.`, {
    fix: 'Add the file, or set another one.',
    command: 'paas build:set procfile=<path>',
  })
}

type Claim = { buildpack: Buildpack; because: string }

function claim(buildpack: Buildpack, source: Source): Claim[] {
  const because = buildpack.detect(source)
  return because === undefined ? [] : [{ buildpack, because }]
}

function missing(defaults: BuildPlan['processTypes'], declared: Record<string, string>): BuildPlan['processTypes'] {
  return Object.fromEntries(Object.entries(defaults).filter(([type]) => declared[type] === undefined))
}

function bothFound(chosen: Claim, other: Claim, procfile: boolean): string {
  const reason = procfile ? 'there is a Procfile' : 'there is no Procfile'
  const way = procfile ? `remove ${chosen.because} or the Procfile` : 'add a Procfile or remove the Dockerfile'
  return `Both ${chosen.because} and ${other.because} were found; ${chosen.because} is used because ${reason}. For the other, ${way}.`
}

function severalLanguages(chosen: Claim, other: Claim, reason: string): string {
  const [taken, left] = [chosen, other].map(({ buildpack, because }) => `${because} (${buildpack.title})`)
  return `Both ${taken} and ${left} were found; ${chosen.buildpack.title} is used because ${reason}. For the other, run \`paas buildpacks:set ${other.buildpack.name}\`, or add a Procfile whose web line starts it.`
}

function nothingToStart({ name, title, startHint }: Buildpack): BuildFailure {
  if (name !== 'node') {
    return new BuildFailure(
      `${name}.no-start`,
      `Nothing says how the ${title} app starts: there is no Procfile, and no file that is usually started.`,
      { fix: `Add a Procfile with a line such as \`web: ${startHint ?? './server'}\`, commit and push again.` },
    )
  }
  return new BuildFailure(
    'node.no-start',
    'Nothing says how the app starts: there is no Procfile, no "start" script in package.json, no server.js and no main file.',
    {
      fix: 'Add a Procfile with a line such as `web: node index.js`, or a start script.',
      command: 'npm pkg set scripts.start="node index.js"',
    },
  )
}
