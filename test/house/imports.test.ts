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

test('an import of types alone is told from one that runs', () => {
  const text = "import type { A } from './a.ts'\nimport { type B } from './b.ts'\nexport type { C } from './c.ts'\n"
  expect(importsOf(text)).toEqual([
    { specifier: './a.ts', line: 1, typeOnly: true },
    { specifier: './b.ts', line: 2, typeOnly: false },
    { specifier: './c.ts', line: 3, typeOnly: true },
  ])
})
