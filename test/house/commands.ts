import { codeOf } from './source-text.ts'

type Rule = { refused: RegExp; why: string }

const RULES: Rule[] = [
  { refused: /\bshell\s*:\s*(?:true\b|['"`])/g, why: 'runs a shell: give the program and its arguments as an array' },
  { refused: /(?<![.\w$])exec(?:Sync)?\s*\(/g, why: 'exec() takes a shell string: use execFile() or spawn()' },
  { refused: /\b(?:child_process|childProcess)\.exec(?:Sync)?\s*\(/g, why: 'exec() takes a shell string' },
  {
    refused: /(?<![.\w$])(?:spawn|spawnSync|execFile|execFileSync|fork)\s*\(\s*`/g,
    why: 'the program is a template: name it, and pass values as arguments',
  },
]
/** What `node:child_process` offers that takes a line for the shell. */
const SHELL_IMPORT = /import\s*\{[^}]*\bexec(?:Sync)?\b[^}]*\}\s*from\s*'\s*'/g

/** Where a source would hand a string to a shell; empty: nowhere. Lines in user containers are arrays and no concern. */
export function shellStrings(text: string): { line: number; why: string }[] {
  const code = codeOf(text)
  const lineOf = (offset: number) => code.slice(0, offset).split('\n').length
  const calls = RULES.flatMap(({ refused, why }) =>
    [...code.matchAll(refused)]
      .filter(({ index }) => !isMethod(code, index))
      .map(({ index }) => ({ line: lineOf(index), why })),
  )
  const imports = [...code.matchAll(SHELL_IMPORT)]
    .filter((match) => text.slice(match.index, match.index + match[0].length).endsWith("'node:child_process'"))
    .map(({ index }) => ({ line: lineOf(index), why: 'exec() of node:child_process takes a shell string' }))
  return [...calls, ...imports]
}

/** `async exec(id: string, ...)` in a class or a type declares our own method, which takes an array. */
function isMethod(code: string, offset: number): boolean {
  const line = code.slice(code.lastIndexOf('\n', offset - 1) + 1, offset)
  return /^\s*(?:async\s+)?$/.test(line) && /^exec\s*\((?:\s*\w+\??\s*:|\s*\n\s*\w+\??\s*:|\))/.test(code.slice(offset))
}
