import type { LockedPackage } from './package.ts'

type NpmEntry = { name?: string; version?: string; dev?: boolean; link?: boolean; integrity?: string }
type NpmTree = Record<string, NpmEntry & { dependencies?: NpmTree }>
const MODULES = 'node_modules/'

/** package-lock.json and npm-shrinkwrap.json: `packages` since npm 7, a tree of `dependencies` before. */
export function npmLock(text: string): LockedPackage[] {
  const lock = JSON.parse(text) as { packages?: Record<string, NpmEntry>; dependencies?: NpmTree }
  if (lock.packages) {
    return Object.entries(lock.packages).flatMap(([path, entry]) =>
      path.includes(MODULES) && !entry.link
        ? npmPackage(entry.name ?? path.slice(path.lastIndexOf(MODULES) + MODULES.length), entry)
        : [],
    )
  }
  return npmTree(lock.dependencies ?? {})
}

function npmTree(tree: NpmTree): LockedPackage[] {
  return Object.entries(tree).flatMap(([name, entry]) => [
    ...npmPackage(name, entry),
    ...npmTree(entry.dependencies ?? {}),
  ])
}

function npmPackage(name: string, { version, dev, integrity }: NpmEntry): LockedPackage[] {
  if (version === undefined) return []
  return [{ type: 'npm', name, version, ...(dev ? { development: true } : {}), ...(integrity ? { integrity } : {}) }]
}

/** yarn.lock, of Yarn 1 (`version "1.0.0"`) and of the later ones (`version: 1.0.0`); workspaces are the app itself. */
export function yarnLock(text: string): LockedPackage[] {
  return text.split(/\n(?=\S)/).flatMap((block): LockedPackage[] => {
    const name = /^"?((?:@[^/"\s]+\/)?[^@"\s]+)@/.exec(block)?.[1]
    const version = /^ {2}version:? "?([^"\s]+)"?$/m.exec(block)?.[1]
    if (name === undefined || version === undefined || /^ {2}resolution: .*@workspace:/m.test(block)) return []
    const integrity = /^ {2}integrity (\S+)$/m.exec(block)?.[1]
    return npmPackage(name, integrity === undefined ? { version } : { version, integrity })
  })
}

/** pnpm-lock.yaml: `/a/1.0.0:` up to version 5, `/a@1.0.0:` in 6, `a@1.0.0:` since 9; peers stand in brackets or after `_`. */
export function pnpmLock(text: string): LockedPackage[] {
  const section = /^packages:\n((?:(?: .*)?\n)*)/m.exec(`${text}\n`)?.[1] ?? ''
  return section.split(/\n(?= {2}\S)/).flatMap((block): LockedPackage[] => {
    const key = /^\s*(['"]?)(.+?)\1:\s*$/m.exec(block)?.[2]?.replace(/^\//, '').replace(/\(.*$/, '')
    const [, name, version] = /^((?:@[^/]+\/)?[^/@]+)[@/](\d[^_]*)/.exec(key ?? '') ?? []
    if (name === undefined || version === undefined) return []
    const integrity = /integrity: ([^,}\s]+)/.exec(block)?.[1]
    const dev = /^ {4}dev: true$/m.test(block)
    return npmPackage(name, { version, dev, ...(integrity === undefined ? {} : { integrity }) })
  })
}

/** bun.lock: one package per line, `"a": ["a@1.0.0", "", {...}, "sha512-..."],`. */
export function bunLock(text: string): LockedPackage[] {
  const packages = text.slice(Math.max(0, text.indexOf('"packages":')))
  return packages.split('\n').flatMap((line): LockedPackage[] => {
    const [, name, version] = /^\s+"[^"]+": \["((?:@[^/"]+\/)?[^@"]+)@(\d[^"]*)"/.exec(line) ?? []
    if (name === undefined || version === undefined) return []
    const integrity = /"(sha512-[^"]+)"\],?\s*$/.exec(line)?.[1]
    return npmPackage(name, integrity === undefined ? { version } : { version, integrity })
  })
}
