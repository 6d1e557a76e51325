import { BuildFailure } from '../errors.ts'
import { isFetchableRef } from '../fetch/ref.ts'

/** A buildpack as somebody wrote it, and what it is. */
export type Reference =
  /** One of our languages. */
  | { kind: 'own'; written: string; name: string }
  /** A directory of the app's repository. */
  | { kind: 'folder'; written: string; path: string }
  /** `ref` is a branch, a tag or a whole commit; the default branch without one. */
  | { kind: 'git'; written: string; url: string; ref: string | undefined }
  | { kind: 'tarball'; written: string; url: string }
  /** What the platform does anyway, by a buildpack of its own at Heroku. */
  | { kind: 'built-in'; written: string; why: string }

/** Names of Heroku for what is one of our languages; ours stand for themselves. */
const SHORTHANDS: Record<string, string> = {
  nodejs: 'node',
  jvm: 'java',
  gradle: 'java',
  bun: 'node',
}
export const OWN_NAMES = ['ruby', 'deno', 'node', 'python', 'java', 'php', 'go', 'rust', 'elixir', 'dotnet', 'static']
const BUILT_IN: Record<string, string> = { apt: 'an Aptfile is read without a buildpack' }
const SHORTHAND = /^(?:urn:buildpack:)?(?:heroku|heroku-community)\/([a-z-]+)$/
const FOLDER = /^(?:\.\/)?[\w@+.-]+(?:\/[\w@+.-]+)*\/?$/
const LONGEST = 1_000

/** Throws BuildFailure `buildpack.invalid` for what is none of them. */
export function readReference(written: string): Reference {
  const text = written.trim()
  const name = SHORTHAND.exec(text)?.[1] ?? text
  const own = SHORTHANDS[name] ?? name
  if (OWN_NAMES.includes(own)) return { kind: 'own', written: text, name: own }
  const why = BUILT_IN[name]
  if (why !== undefined) return { kind: 'built-in', written: text, why }
  if (SHORTHAND.test(text)) throw invalid(text, `there is no ${own} among the languages of paas`, languages())
  if (/^[a-z][a-z0-9+.-]*:/i.test(text) || /^[^/]*@/.test(text)) return readAddress(text)
  const path = text.replace(/^\.\//, '').replace(/\/$/, '')
  const plain = FOLDER.test(text) && !path.split('/').some((part) => part === '.' || part === '..')
  if (plain && path.length <= LONGEST) return { kind: 'folder', written: text, path }
  throw invalid(text, 'it is no address, no folder and no language', languages())
}

function readAddress(text: string): Reference {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:' || text.length > LONGEST) {
    throw invalid(text.replace(/\/\/[^/@]*@/, '//'), 'buildpacks are fetched by https only', 'Use its https address.')
  }
  if (url.username !== '' || url.password !== '') {
    const fix = 'Put the buildpack into a folder of the repository, or where no password is asked for.'
    throw invalid(
      url.host + url.pathname,
      'its address holds a user name or a password, which everybody would see',
      fix,
    )
  }
  const ref = url.hash === '' ? undefined : url.hash.slice(1)
  url.hash = ''
  if (/\.(?:tgz|tar\.gz)$/.test(url.pathname)) return { kind: 'tarball', written: text, url: url.href }
  if (ref !== undefined && !isFetchableRef(ref)) {
    throw invalid(text, `${JSON.stringify(ref)} is no branch, tag or commit`, 'Name one behind the #.')
  }
  return { kind: 'git', written: text, url: url.href, ref }
}

function languages(): string {
  return `Use an address such as https://github.com/heroku/heroku-buildpack-nodejs#v300, a folder such as ./buildpack, or one of ${OWN_NAMES.join(', ')}.`
}

function invalid(written: string, reason: string, fix: string): BuildFailure {
  return new BuildFailure('buildpack.invalid', `${JSON.stringify(written)} is no buildpack: ${reason}.`, {
    fix,
    command: 'paas buildpacks',
  })
}
