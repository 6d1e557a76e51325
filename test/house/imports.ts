import { codeOf } from './source-text.ts'

export type Import = { specifier: string; line: number }

/** `import x from`, `import type`, `export .. from`; a bare `import`; `import()`. */
const STATEMENTS = [
  /(?:^|[;\n])[ \t]*(?:import|export)\s+[\w$*{][\w$*\s{},]*?\s*from\s*(?=['"])/g,
  /(?:^|[;\n])[ \t]*import\s*(?=['"])/g,
  /(?<![.\w$])import\s*\(\s*(?=['"])/g,
]

/** Every module that a source text names, by whatever form of import, in the order of its lines. */
export function importsOf(text: string): Import[] {
  const code = codeOf(text)
  const found = STATEMENTS.flatMap((statement) =>
    [...code.matchAll(statement)].map((match) => {
      const opening = match.index + match[0].length
      const closing = code.indexOf(text[opening] ?? "'", opening + 1)
      const line = code.slice(0, opening).split('\n').length
      return { specifier: text.slice(opening + 1, closing), line }
    }),
  )
  return found.sort((a, b) => a.line - b.line)
}
