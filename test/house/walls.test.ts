import { describe, expect, test } from 'vitest'
import { findCycles } from './cycles.ts'
import { reachedFrom } from './reach.ts'
import { ARROWS, FILES, PACKAGE_USES, SOURCES } from './repository.ts'
import { mayImport, wingOf } from './walls.ts'

const REACHED = reachedFrom(['server/main.ts', 'router/main.ts', 'builder/main.ts', 'cli/main.ts'])

/** Tests, and what only tests import, may also use the kits in test/. */
const forTests = (file: string) => !REACHED.has(file)

describe('the walls', () => {
  test('every source file lies in a folder of the table', () => {
    expect(SOURCES.filter((file) => wingOf(file) === undefined)).toEqual([])
  })

  test('no import crosses a wall', () => {
    const crossing = ARROWS.filter(({ from, to }) => !mayImport(from, to) && !(forTests(from) && wingOf(to) === 'test'))
    expect(crossing.map(({ from, line, to }) => `${from}:${line} -> ${to}`)).toEqual([])
  })

  test('every import leads to a file', () => {
    const files = new Set(FILES)
    expect(ARROWS.length).toBeGreaterThan(SOURCES.length)
    expect(ARROWS.filter(({ to }) => !files.has(to)).map(({ from, line, to }) => `${from}:${line} -> ${to}`)).toEqual(
      [],
    )
  })

  test('no program reaches a test kit or the test runner', () => {
    const kits = [...REACHED].filter((file) => file.startsWith('test/') || file.endsWith('.test.ts'))
    const runner = PACKAGE_USES.filter(({ from, specifier }) => REACHED.has(from) && specifier === 'vitest')
    expect([...kits, ...runner.map(({ from }) => from)]).toEqual([])
  })

  test('no modules import each other in a circle, be it for types', () => {
    expect(findCycles(ARROWS)).toEqual([])
  })

  test('the router runs on Node alone, but for the package that signs for issuers of certificates', () => {
    const packages = PACKAGE_USES.filter(({ from, specifier }) => {
      return wingOf(from) === 'router' && REACHED.has(from) && !specifier.startsWith('node:')
    })
    expect(new Set(packages.map(({ from, specifier }) => `${from} ${specifier}`))).toEqual(
      new Set(['router/tls/issuer/acme-package.ts acme-client']),
    )
  })

  test('the contract can be read by a browser', () => {
    const uses = PACKAGE_USES.filter(({ from }) => wingOf(from) === 'server/contract' && !from.endsWith('.test.ts'))
    expect(uses.filter(({ specifier }) => specifier !== 'zod')).toEqual([])
  })
})

describe('the table', () => {
  test.each([
    ['server/apps/domains.ts', 'router/client.ts', true],
    ['server/apps/domains.ts', 'router/router.ts', false],
    ['server/apps/apps.ts', 'server/people/access.ts', true],
    ['server/apps/apps.ts', 'server/people/users.ts', false],
    ['server/deploys/builds.ts', 'builder/process.ts', true],
    ['server/deploys/builds.ts', 'builder/dockerfile.ts', false],
    ['server/people/users.ts', 'server/apps/apps.ts', false],
    ['server/engine/docker.ts', 'server/config.ts', false],
    ['server/control-plane.ts', 'server/api/api.ts', true],
    ['server/contract/app.ts', 'server/errors.ts', false],
    ['cli/main.ts', 'server/errors.ts', false],
    ['elsewhere/main.ts', 'server/errors.ts', false],
  ])('%s to %s: %s', (from, to, allowed) => {
    expect(mayImport(from, to)).toBe(allowed)
  })

  test('a circle is found, and a diamond is none', () => {
    const edges = [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'b'],
      ['a', 'd'],
      ['d', 'c'],
    ].map(([from = '', to = '']) => ({ from, to }))
    expect(findCycles(edges)).toEqual(['b -> c -> b'])
    expect(findCycles(edges.filter(({ from, to }) => from + to !== 'cb'))).toEqual([])
  })
})
