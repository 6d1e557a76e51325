import { APP_JSON, parseAppJson } from '../app-json.ts'
import type { AppManifest, BuildPlan, BuildStep } from '../plan.ts'
import type { Source } from '../source.ts'

export type AppJson = ReturnType<typeof parseAppJson>

/** Undefined where there is none. Throws `app-json.invalid`. */
export function appJsonOf(source: Source): AppJson | undefined {
  const text = source.text(APP_JSON)
  return text === undefined ? undefined : parseAppJson(text)
}

/** The plan with what app.json adds to it: its own wishes, kept for the release, and the step that it wants in the build. */
export function withAppJson(plan: BuildPlan, appJson: AppJson | undefined): BuildPlan {
  if (appJson === undefined) return plan
  const { manifest, warnings } = appJson
  const step = predeploy(manifest.scripts.predeploy, plan)
  return {
    ...plan,
    steps: [...plan.steps, ...step],
    manifest,
    warnings: [...plan.warnings, ...warnings, ...words(manifest, plan)],
  }
}

/** In the image that runs, upon all that the other steps have left there, and as the app itself will find things. */
function predeploy(command: string | null, plan: BuildPlan): BuildStep[] {
  const { dockerfile, cloudNative, environment, path = [], steps } = plan
  if (command === null || dockerfile !== undefined || cloudNative !== undefined) return []
  const copied = steps.some(({ inputs }) => inputs.includes('.'))
  const places = path.map((directory) => `$PWD/${directory}:`).join('')
  const text = places === '' ? command : `export PATH="${places}$PATH"\n${command}`
  const step = { inputs: copied ? [] : ['.'], commands: [['sh', '-c', text]], caches: [], variables: environment }
  return [{ name: 'Running predeploy of app.json', ...step, secrets: true, inRunImage: true }]
}

function words({ formation, scripts }: AppManifest, plan: BuildPlan): string[] {
  // Which types buildpacks of others add is known only when they have run.
  const types = plan.classic || plan.cloudNative ? Object.keys(formation) : Object.keys(plan.processTypes)
  const unknown = Object.keys(formation).filter((type) => !types.includes(type))
  return [
    ...unknown.map((type) => `app.json: formation.${type} was left out: there is no such line in the Procfile.`),
    ...(plan.dockerfile !== undefined && scripts.predeploy !== null
      ? [`app.json: scripts.dokku.predeploy is not run: make it a RUN line of the ${plan.dockerfile}.`]
      : []),
    ...(plan.cloudNative && scripts.predeploy !== null
      ? ['app.json: scripts.dokku.predeploy is not run: the image is that of the builder.']
      : []),
  ]
}
