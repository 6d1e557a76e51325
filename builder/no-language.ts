import { BuildFailure } from './errors.ts'
import { LANGUAGES } from './languages.ts'
import type { Source } from './source.ts'

const NEAREST = 3
const NAMES_SHOWN = 8
/** Files that decide, when they lie too deep or are written otherwise. */
const DECIDING =
  /(?:^|\/)(?:package\.json|dockerfile|index\.html?|requirements\.txt|pyproject\.toml|pipfile|gemfile|go\.mod|composer\.json|pom\.xml|build\.gradle(?:\.kts)?|cargo\.toml|mix\.exs)$/i
const NOT_THE_APP = /(?:^|\/)(?:node_modules|vendor|\.venv)\//

/** A tree that nobody claims: what was looked for, what is there instead, and the three nearest ways out. */
export function noLanguage(source: Source): BuildFailure {
  const names = [...new Set([...source.entries.keys()].map((path) => path.split('/', 1)[0]))]
  const shown = names.slice(0, NAMES_SHOWN).join(', ') + (names.length > NAMES_SHOWN ? ' and more' : '')
  const looked = LANGUAGES.map(({ buildpack, looksFor }) => `${looksFor} (${buildpack.title})`).join('; ')
  return new BuildFailure(
    'build.no-language',
    `No buildpack knows this app. Looked for a Dockerfile; ${looked}; index.html, public/index.html or dist/index.html (static site); the top directory has: ${shown}.`,
    { fix: nearestFixes(source) },
  )
}

/** What is misplaced, then what fits most files of the tree, then what always works. */
function nearestFixes(source: Source): string {
  const files = [...source.files()].map(({ path }) => path).filter((path) => !NOT_THE_APP.test(path))
  const near = files.find((path) => DECIDING.test(path))
  const hint = near ? `There is ${near}: move it to the top directory under its usual name. Otherwise do` : 'Do'
  const counted = LANGUAGES.map(({ files: ending, fix }) => ({
    fix,
    count: files.filter((path) => ending.test(path)).length,
  }))
  const [likely] = counted.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count)
  const ways = [
    likely?.fix ?? 'run `npm init` for a Node.js app',
    'add an index.html for a static site',
    'or add a Dockerfile for anything else',
  ]
  return `${hint} one of these: ${ways.slice(0, NEAREST).join(', ')}; then commit and push again.`
}
