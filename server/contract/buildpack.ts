import { z } from 'zod'

export const BUILDPACKS_MAX = 20

/** Languages of the builder, and what else it understands by Heroku's names; a test holds both together. */
export const BUILDPACK_LANGUAGES = [
  'ruby',
  'deno',
  'node',
  'python',
  'java',
  'php',
  'go',
  'rust',
  'elixir',
  'dotnet',
  'static',
]
const HEROKU_NAMES = [...BUILDPACK_LANGUAGES, 'nodejs', 'jvm', 'gradle', 'bun']
const NODE_NAMES = ['node', 'nodejs', 'bun']
/** Languages that Node.js builds nothing for. */
const NO_PAGES = [...NODE_NAMES, 'deno', 'dotnet', 'static']
const BUILT_IN = ['apt']
const SHORTHAND = /^(?:urn:buildpack:)?(?:heroku|heroku-community)\/([a-z-]+)$/
const FOLDER = /^(?:\.\/)?[\w@+.-]+(?:\/[\w@+.-]+)*\/?$/
const REF = /^[A-Za-z0-9_](?:[\w+-]|[./](?![./]|$))*$/
const LONGEST = 1_000
const HINT = `use an address such as https://github.com/heroku/heroku-buildpack-nodejs#v300, a folder such as ./buildpack, or one of ${BUILDPACK_LANGUAGES.join(', ')}`

/** One buildpack: a language of the builder, a folder of the repository, or where it is fetched from by https. */
export const Buildpack = z
  .string()
  .trim()
  .min(1, HINT)
  .max(LONGEST)
  .superRefine((text, context) => {
    const mistake = buildpackMistake(text)
    if (mistake !== undefined) context.addIssue({ code: 'custom', message: mistake })
  })

export const Buildpacks = z.object({ buildpacks: z.array(Buildpack).max(BUILDPACKS_MAX) })
export const AddBuildpack = z.strictObject({
  buildpack: Buildpack,
  /** Where it goes, from 1; behind the others without. */
  position: z.int().min(1).max(BUILDPACKS_MAX).optional(),
})

/** By the builder's own languages. */
export function isLanguage(buildpack: string): boolean {
  return HEROKU_NAMES.includes(SHORTHAND.exec(buildpack)?.[1] ?? buildpack)
}

export function isBuiltIn(buildpack: string): boolean {
  return BUILT_IN.includes(SHORTHAND.exec(buildpack)?.[1] ?? buildpack)
}

/**
 * A language builds the whole app, so it stands alone; Node.js may come before one whose pages package.json builds. What is
 * built in anyway does not count. Gives the language that is too much.
 */
export function misplacedLanguage(buildpacks: string[]): string | undefined {
  const names = buildpacks.filter((name) => !isBuiltIn(name))
  const languages = names.filter(isLanguage)
  const [first = '', second = ''] = languages.map((name) => SHORTHAND.exec(name)?.[1] ?? name)
  const pair = languages.length === 2 && NODE_NAMES.includes(first) && !NO_PAGES.includes(second)
  return names.length === 1 || (names.length === languages.length && pair) ? undefined : languages.at(-1)
}

function buildpackMistake(text: string): string | undefined {
  if (isLanguage(text) || isBuiltIn(text)) return undefined
  if (SHORTHAND.test(text)) return `there is no such language here: ${HINT}`
  if (/^[a-z][a-z0-9+.-]*:/i.test(text) || /^[^/]*@/.test(text)) return addressMistake(text)
  const parts = text.replace(/^\.\//, '').replace(/\/$/, '').split('/')
  return FOLDER.test(text) && !parts.some((part) => part === '.' || part === '..') ? undefined : HINT
}

function addressMistake(text: string): string | undefined {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:') return 'buildpacks are fetched by https only'
  if (url.username !== '' || url.password !== '') return 'an address with a user name or password would be seen by all'
  const ref = url.hash.slice(1)
  if (url.hash === '' || /\.(?:tgz|tar\.gz)$/.test(url.pathname)) return undefined
  return REF.test(ref) && !ref.endsWith('.lock') ? undefined : 'what stands behind the # is no branch, tag or commit'
}
