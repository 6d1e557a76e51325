import { dirname, matchesGlob } from 'node:path/posix'
import type { Source } from '../../source.ts'
import type { PackageJson } from '../package-json.ts'
import type { ManagerName } from './package-manager.ts'

/** Directories of the packages of this repository, besides the top one; undefined where it is a single package. */
export function workspaceDirectories(source: Source, json: PackageJson, manager: ManagerName): string[] | undefined {
  const patterns = manager === 'pnpm' ? pnpmPatterns(source) : json.workspaces
  if (patterns === undefined) return undefined
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!')).map(plain)
  const unwanted = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => plain(pattern.slice(1)))
  return packageDirectories(source).filter((directory) => matches(directory, wanted) && !matches(directory, unwanted))
}

function packageDirectories(source: Source): string[] {
  const manifests = [...source.files()].filter(({ path, kind }) => kind === 'file' && path.endsWith('/package.json'))
  return manifests.map(({ path }) => dirname(path)).filter((path) => !/(?:^|\/)node_modules(?:\/|$)/.test(path))
}

function matches(directory: string, patterns: string[]): boolean {
  return patterns.some((pattern) => matchesGlob(directory, pattern))
}

function plain(pattern: string): string {
  return pattern.replace(/^\.\//, '').replace(/\/+$/, '')
}

/** The list below `packages:`, in either of YAML's forms; newer versions have the file for settings alone, too. */
function pnpmPatterns(source: Source): string[] | undefined {
  const text = source.text('pnpm-workspace.yaml') ?? ''
  const list = /^packages:[ \t]*(?:#.*)?\n((?:[ \t]*(?:#.*|-.*)?\n?)*)/m.exec(text)?.[1]
  const flow = /^packages:[ \t]*\[([^\]]*)\]/m.exec(text)?.[1]
  if (flow !== undefined) return flow.split(',').map(unquoted).filter(Boolean)
  return list?.split('\n').flatMap((line) => /^[ \t]*-[ \t]+(.+)$/.exec(line)?.slice(1).map(unquoted) ?? [])
}

function unquoted(text: string): string {
  const trimmed = text.trim()
  return /^(["'])(.*?)\1/.exec(trimmed)?.[2] ?? trimmed.replace(/\s+#.*$/, '')
}
