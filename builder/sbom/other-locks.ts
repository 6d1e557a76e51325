import type { LockedPackage } from './package.ts'

/** requirements.txt: what is pinned by `==`; ranges name no version, and URLs no package. */
export function requirements(text: string): LockedPackage[] {
  return text.split('\n').flatMap((line): LockedPackage[] => {
    const [, name, version] = /^\s*([\w.-]+)\s*(?:\[[^\]]*\])?\s*===?\s*([\w.!+-]+)/.exec(line) ?? []
    return name === undefined || version === undefined ? [] : [{ type: 'pypi', name, version }]
  })
}

export function pipfileLock(text: string): LockedPackage[] {
  type Section = Record<string, { version?: string }>
  const { default: main = {}, develop = {} } = JSON.parse(text) as { default?: Section; develop?: Section }
  const read = (section: Section, development: boolean) =>
    Object.entries(section).flatMap(([name, { version }]): LockedPackage[] =>
      version ? [{ type: 'pypi', name, version: version.replace(/^==/, ''), ...(development && { development }) }] : [],
    )
  return [...read(main, false), ...read(develop, true)]
}

/** The tables `[[package]]` of poetry.lock, uv.lock and Cargo.lock. `isOwn` leaves out what is the app itself. */
function tomlPackages(text: string, type: LockedPackage['type'], isOwn: (table: string) => boolean): LockedPackage[] {
  const tables = text.split(/^\[\[package\]\]\s*$/m).slice(1)
  return tables.flatMap((whole): LockedPackage[] => {
    const table = whole.split(/^\[/m)[0] ?? ''
    const name = /^name = "([^"]+)"/m.exec(table)?.[1]
    const version = /^version = "([^"]+)"/m.exec(table)?.[1]
    return name === undefined || version === undefined || isOwn(table) ? [] : [{ type, name, version }]
  })
}

export function poetryLock(text: string): LockedPackage[] {
  return tomlPackages(text, 'pypi', () => false)
}

export function uvLock(text: string): LockedPackage[] {
  return tomlPackages(text, 'pypi', (table) => /^source = \{ (?:editable|virtual|directory) =/m.test(table))
}

/** What comes from a registry or from git has a source; members of the workspace have none. */
export function cargoLock(text: string): LockedPackage[] {
  return tomlPackages(text, 'cargo', (table) => !/^source = /m.test(table))
}

/** Since Go 1.17 go.mod names every module of the build; go.sum has more than were chosen. */
export function goMod(text: string): LockedPackage[] {
  const blocks = [...text.matchAll(/^require\s*\(([^)]*)\)/gm)].map(([, block = '']) => block)
  const single = [...text.matchAll(/^require\s+([^\s(].*)$/gm)].map(([, line = '']) => line)
  return [...blocks, ...single].flatMap((lines) =>
    [...lines.matchAll(/^\s*([^\s/]\S*)\s+(v\S+)/gm)].map(
      ([, name = '', version = '']): LockedPackage => ({ type: 'golang', name, version }),
    ),
  )
}

/** Gemfile.lock: four spaces before a gem, six before what it wants; the platform behind the version is left out. */
export function gemfileLock(text: string): LockedPackage[] {
  const section = /^GEM\n((?: .*\n|\n(?= ))*)/m.exec(`${text}\n`)?.[1] ?? ''
  return [...section.matchAll(/^ {4}(\S+) \(([^)\s-]+)[^)]*\)$/gm)].map(
    ([, name = '', version = '']): LockedPackage => ({ type: 'gem', name, version }),
  )
}

export function composerLock(text: string): LockedPackage[] {
  type Entry = { name: string; version: string }
  const lock = JSON.parse(text) as { packages?: Entry[]; 'packages-dev'?: Entry[] }
  const read = (entries: Entry[], development: boolean) =>
    entries.map(
      ({ name, version }): LockedPackage => ({
        type: 'composer',
        name,
        version: version.replace(/^v(?=\d)/, ''),
        ...(development && { development }),
      }),
    )
  return [...read(lock.packages ?? [], false), ...read(lock['packages-dev'] ?? [], true)]
}
