import { posix } from 'node:path'
import { compileGlob } from '../glob.ts'

type Rule = { expression: RegExp; keeps: boolean }

/**
 * Reads a .dockerignore into the question "does this path belong to the context?". Its patterns are not those of
 * .gitignore: each is anchored at the root, `**` spans directories, a match covers everything below it, and the last match
 * decides. The engine does not apply the file to contexts that are uploaded, so we do.
 * https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function dockerIgnore(text: string): (path: string) => boolean {
  const rules = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap(readRule)
  return (path) => {
    const chain = withParents(path)
    const last = rules.findLast(({ expression }) => chain.some((part) => expression.test(part)))
    return last?.keeps ?? true
  }
}

function readRule(line: string): Rule[] {
  if (line.startsWith('#')) return []
  const trimmed = line.trim()
  const keeps = trimmed.startsWith('!')
  const written = keeps ? trimmed.slice(1).trim() : trimmed
  if (written === '') return []
  const pattern = posix.normalize(written).replace(/^\/+|\/+$/g, '')
  return pattern === '' || pattern === '.' ? [] : [{ expression: compileGlob(pattern), keeps }]
}

/** `a/b/c` is matched by what matches `a`, `a/b` or itself. */
function withParents(path: string): string[] {
  const parts = path.split('/')
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
