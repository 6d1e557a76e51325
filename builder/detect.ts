import type { Buildpack } from './buildpacks/buildpack.ts'
import { dockerfile } from './buildpacks/dockerfile.ts'
import { node } from './buildpacks/node.ts'
import { staticSite } from './buildpacks/static.ts'
import { BuildFailure } from './errors.ts'
import type { BuildPlan } from './plan.ts'
import { parseProcfile } from './procfile.ts'
import type { Source } from './source.ts'

export type Detected = { buildpack: Buildpack; because: string; warnings: string[] }

/**
 * The first that claims the tree has it. A Dockerfile comes before the languages, but behind them where a Procfile shows
 * a Heroku app; why, says docs/decisions/004-detection-order.md.
 */
export function detect(source: Source): Detected {
  const heroku = source.entries.has('Procfile')
  const order = heroku ? [node, dockerfile, staticSite] : [dockerfile, node, staticSite]
  const [chosen, next] = order.flatMap((buildpack) => claim(buildpack, source))
  if (!chosen) throw noLanguage(source)
  const ambiguous = next && next.buildpack !== staticSite
  return { ...chosen, warnings: ambiguous ? [bothFound(chosen, next, heroku)] : [] }
}

/** The whole decision: which buildpack, its plan, and the Procfile over its process types. */
export function planFor(source: Source): { plan: BuildPlan; declared: string[] } {
  const procfile = parseProcfile(source.text('Procfile') ?? '')
  const { buildpack, because, warnings } = detect(source)
  const plan = buildpack.plan(source, because)
  const processTypes = { ...procfile, ...missing(plan.processTypes, procfile) }
  if (Object.keys(processTypes).length === 0) throw nothingToStart()
  return {
    plan: { ...plan, processTypes, warnings: [...source.warnings, ...warnings, ...plan.warnings] },
    declared: Object.keys(procfile),
  }
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

function noLanguage(source: Source): BuildFailure {
  const names = [...new Set([...source.entries.keys()].map((path) => path.split('/', 1)[0]))].slice(0, 8).join(', ')
  return new BuildFailure(
    'build.no-language',
    `No buildpack knows this app. Looked for a Dockerfile, package.json (Node.js) and index.html, public/index.html or dist/index.html (static site); the top directory has: ${names}.`,
    {
      fix: nearestFix(source),
    },
  )
}

/** The file may be there, only a directory too deep, or written otherwise. */
function nearestFix(source: Source): string {
  const wanted = /(?:^|\/)(?:package\.json|dockerfile|index\.html?)$/i
  const near = [...source.files()].find(({ path }) => wanted.test(path) && !path.includes('node_modules/'))
  const hint = near ? `There is ${near.path}: move it to the top directory under its usual name. Otherwise do` : 'Do'
  return `${hint} one of these: run \`npm init\` for a Node.js app, add an index.html for a static site, or add a Dockerfile for anything else; then commit and push again.`
}

function nothingToStart(): BuildFailure {
  return new BuildFailure(
    'node.no-start',
    'Nothing says how the app starts: there is no Procfile, no "start" script in package.json, no server.js and no main file.',
    {
      fix: 'Add a Procfile with a line such as `web: node index.js`, or a start script.',
      command: 'npm pkg set scripts.start="node index.js"',
    },
  )
}
