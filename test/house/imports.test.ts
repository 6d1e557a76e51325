import { expect, test } from 'vitest'
import { importsOf } from './imports.ts'

const specifiers = (text: string) => importsOf(text).map(({ specifier }) => specifier)

test('every form of import is seen', () => {
  const text = `#!/usr/bin/env node
import a, { b } from './a.ts'
import {
  type c,
  d,
} from "./c.ts"
import * as e from './e.ts'
import './f.ts'
export { g } from './g.ts'
export * from './h.ts'
export type { i } from './i.ts'
const j = await import('./j.ts')
const k: typeof import('./k.ts') = j
`
  expect(specifiers(text)).toEqual('acefghijk'.split('').map((name) => `./${name}.ts`))
})

test('imports in comments, strings, templates and expressions are not imports', () => {
  const text = `
// import a from './a.ts'
/* import b from './b.ts'
import c from './c.ts' */
const d = "import d from './d.ts'"
const e = \`
import e from './e.ts'
\${f({ g: \`
import h from './h.ts'
\` })}
import i from './i.ts'
\`
const j = /['"\`/]import\\('k'\\)[/']/.test(d) ? 1 / 2 / 3 : "'"
import l from './l.ts'
export const from = { import: 'm' }
`
  expect(specifiers(text)).toEqual(['./l.ts'])
})

test('each import comes with its line', () => {
  const text = "import type { A } from './a.ts'\n\nimport {\n  B,\n} from './b.ts'\nawait import('./c.ts')\n"
  expect(importsOf(text)).toEqual([
    { specifier: './a.ts', line: 1 },
    { specifier: './b.ts', line: 5 },
    { specifier: './c.ts', line: 6 },
  ])
})
