import { compileGlob } from './glob.ts'

export type IgnoreRule = { expression: RegExp; ignores: boolean; directoriesOnly: boolean }

/** Reads the patterns of a .gitignore or .slugignore: gitignore(5), "Pattern format". */
export function readIgnoreRules(text: string): IgnoreRule[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap(readRule)
}

/** What the last rule that fits says of a path, relative to where the rules stand; undefined where none fits. */
export function ignores(rules: readonly IgnoreRule[], path: string, isDirectory: boolean): boolean | undefined {
  return rules.findLast(({ expression, directoriesOnly }) => (isDirectory || !directoriesOnly) && expression.test(path))
    ?.ignores
}

/** Of the path or of a directory above it: what lies in an ignored directory cannot be taken back. */
export function ignoresWithin(rules: readonly IgnoreRule[], path: string, isDirectory: boolean): boolean {
  const parts = path.split('/')
  return parts.some((_, index) => {
    const last = index === parts.length - 1
    return ignores(rules, parts.slice(0, index + 1).join('/'), last ? isDirectory : true) === true
  })
}

function readRule(line: string): IgnoreRule[] {
  if (line.startsWith('#')) return []
  const written = line.replace(/(?<!\\)\s+$/, '')
  const negated = written.startsWith('!')
  const pattern = negated ? written.slice(1) : written
  const place = pattern.replace(/\/+$/, '')
  if (place === '') return []
  const anchored = place.includes('/')
  const glob = `${anchored ? '' : '**/'}${place.replace(/^\/+/, '')}`.replaceAll('[!', '[^')
  return [{ expression: compileGlob(glob), ignores: !negated, directoriesOnly: place !== pattern }]
}
