import { describe, expect, test } from 'vitest'
import { reachedFrom } from './reach.ts'
import { PACKAGE_USES, read } from './repository.ts'

type Manifest = Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string>>

const manifest = JSON.parse(read('package.json')) as Manifest
const running = Object.keys(manifest.dependencies)
const developing = Object.keys(manifest.devDependencies)
/** Run by their own command, or read by the compiler. */
const TOOLS = ['@biomejs/biome', 'typescript', '@types/node']

const programs = reachedFrom(['server/main.ts', 'router/main.ts', 'builder/main.ts', 'cli/main.ts'])
const packageOf = (specifier: string) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier
const used = PACKAGE_USES.filter(({ specifier }) => !specifier.startsWith('node:'))
const usedBy = (reached: boolean) =>
  new Set(used.filter(({ from }) => programs.has(from) === reached).map(({ specifier }) => packageOf(specifier)))

describe('the packages of package.json', () => {
  test('what the programs import is a dependency, and nothing else is', () => {
    expect([...usedBy(true)].sort()).toEqual(running.sort())
  })

  test('what only tests and scripts import is declared too', () => {
    expect([...usedBy(false)].filter((name) => ![...running, ...developing].includes(name))).toEqual([])
  })

  test('every development dependency is a tool, imported, or the types of what is', () => {
    const known = (name: string) =>
      TOOLS.includes(name) ||
      usedBy(false).has(name) ||
      [...running, ...developing].includes(name.replace('@types/', ''))
    expect(developing.filter((name) => !known(name))).toEqual([])
  })

  test('each one is explained in docs/dependencies.md', () => {
    const document = read('docs/dependencies.md')
    const all = [...running, ...developing, ...Object.keys(manifest.optionalDependencies)]
    expect(all.filter((name) => !document.includes(`\`${name}\``))).toEqual([])
  })
})
