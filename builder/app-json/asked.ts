import { APP_JSON, parseAppJson } from '../app-json.ts'
import type { AppManifest, BuildPlan, BuildStep } from '../plan.ts'
import type { Source } from '../source.ts'

/** Languages that these stand for are found by themselves. */
const OWN_BUILDPACK = /^(?:urn:buildpack:)?heroku\/[\w-]+$/

/** The plan with what app.json adds to it: its own wishes, kept for the release, and the step that it wants in the build. */
export function withAppJson(plan: BuildPlan, source: Source): BuildPlan {
  const text = source.text(APP_JSON)
  if (text === undefined) return plan
  const { manifest, warnings } = parseAppJson(text)
  const step = predeploy(manifest.scripts.predeploy, plan)
  return {
    ...plan,
    steps: [...plan.steps, ...step],
    manifest,
    warnings: [...plan.warnings, ...warnings, ...words(manifest, plan)],
  }
}

/** In the image that runs, upon all that the other steps have left there, and as the app itself will find things. */
function predeploy(command: string | null, { dockerfile, environment, path = [], steps }: BuildPlan): BuildStep[] {
  if (command === null || dockerfile !== undefined) return []
  const copied = steps.some(({ inputs }) => inputs.includes('.'))
  const places = path.map((directory) => `$PWD/${directory}:`).join('')
  const text = places === '' ? command : `export PATH="${places}$PATH"\n${command}`
  const step = { inputs: copied ? [] : ['.'], commands: [['sh', '-c', text]], caches: [], variables: environment }
  return [{ name: 'Running predeploy of app.json', ...step, secrets: true, inRunImage: true }]
}

function words({ addons, buildpacks, formation, scripts }: AppManifest, plan: BuildPlan): string[] {
  const unknown = Object.keys(formation).filter((type) => !Object.hasOwn(plan.processTypes, type))
  const foreign = buildpacks.filter((name) => !OWN_BUILDPACK.test(name))
  return [
    ...(addons.length > 0 ? [`app.json: ${addonWords(addons)}`] : []),
    ...(foreign.length > 0
      ? [`app.json: the buildpacks ${foreign.join(', ')} are not run; ${plan.title} was found.`]
      : []),
    ...unknown.map((type) => `app.json: formation.${type} was left out: there is no such line in the Procfile.`),
    ...(plan.dockerfile !== undefined && scripts.predeploy !== null
      ? [`app.json: scripts.dokku.predeploy is not run: make it a RUN line of the ${plan.dockerfile}.`]
      : []),
  ]
}

function addonWords(addons: AppManifest['addons']): string {
  const plans = addons.map(({ plan }) => plan).join(', ')
  return `no addon is made for ${plans}: set by \`paas config:set\` what it would bring, such as DATABASE_URL.`
}
