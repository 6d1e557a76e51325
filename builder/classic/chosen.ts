import type { Buildpack } from '../buildpacks/buildpack.ts'
import { staticSite } from '../buildpacks/static.ts'
import { BuildFailure } from '../errors.ts'
import { LANGUAGES } from '../languages.ts'
import type { BuildPlan } from '../plan.ts'
import type { Source } from '../source.ts'
import { type ChosenBuildpacks, chosenBuildpacks } from './choose.ts'
import { classicPlan, pickBuildpacks } from './plan.ts'
import type { Reference } from './reference.ts'

type Chosen = { buildpack: Buildpack; because: string; warnings: string[] }

type Named = {
  /** `paas buildpacks:set`. */
  set: string[]
  /** Config vars: BUILDPACK_URL and STACK. */
  environment: Record<string, string>
  /** The list in app.json. */
  declared: string[]
}

/** What somebody named for this app, in place of what the tree looks like. Throws BuildFailure `buildpack.*`. */
export function chosenBuildpack(source: Source, { set, environment, declared }: Named, detect: () => Chosen): Chosen {
  const chosen = chosenBuildpacks(source, { set, variable: environment['BUILDPACK_URL'] })
  const stack = environment['STACK']
  if (chosen) return carriedOut(source, chosen, stack) ?? detect()
  return declared.length === 0 ? detect() : followed(source, declared, stack, detect)
}

/** app.json belongs to other platforms, too: what cannot be followed here is told, and does not stop the push. */
function followed(source: Source, written: string[], stack: string | undefined, detect: () => Chosen): Chosen {
  try {
    return carriedOut(source, { written, because: 'app.json' }, stack) ?? detect()
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error
    const found = detect()
    const told = `app.json: its buildpacks are not followed; ${found.buildpack.title} was found. ${error.message}`
    return { ...found, warnings: [...found.warnings, told] }
  }
}

function carriedOut(source: Source, chosen: ChosenBuildpacks, stack: string | undefined): Chosen | undefined {
  const picked = pickBuildpacks(chosen)
  if (picked && 'packs' in picked) {
    return { buildpack: classic(picked.packs, stack), because: chosen.because, warnings: picked.notes }
  }
  if (!picked) return undefined
  return { ...language(picked.own, source, chosen), warnings: picked.note === undefined ? [] : [picked.note] }
}

function classic(packs: Reference[], stack: string | undefined): Buildpack {
  return {
    name: 'classic',
    title: 'Buildpack',
    detect: () => undefined,
    plan: (_source, because): BuildPlan => classicPlan(packs, because, stack),
  }
}

function language(name: string, source: Source, { because }: ChosenBuildpacks): Omit<Chosen, 'warnings'> {
  const found = LANGUAGES.find(({ buildpack }) => buildpack.name === name)
  const buildpack = found?.buildpack ?? staticSite
  const looksFor = found?.looksFor ?? 'index.html, public/index.html or dist/index.html'
  const file = buildpack.detect(source)
  if (file !== undefined) return { buildpack, because: `${file} (chosen by ${because})` }
  throw new BuildFailure(
    'buildpack.not-for-app',
    `The app is set to be built as ${buildpack.title} (${because}), and has none of what that looks for: ${looksFor}.`,
    { fix: 'Add one of them, or let paas look at the tree again.', command: 'paas buildpacks:clear' },
  )
}
