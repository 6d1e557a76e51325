import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ROOT } from './repository.ts'
import { mayImport, WALLS } from './walls.ts'

/** One file for each kind of place that an import can lead to. */
const PLACES = [
  'server/errors.ts',
  'server/config.ts',
  'server/control-plane.ts',
  'server/people/access.ts',
  'server/people/users.ts',
  'server/contract/app.ts',
  ...['apps', 'deploys', 'addons', 'telemetry', 'git', 'api', 'engine', 'db'].map((wing) => `server/${wing}/x.ts`),
  ...[
    'builder/process.ts',
    'builder/image.ts',
    'router/client.ts',
    'router/router.ts',
    'cli/main.ts',
    'scripts/try.ts',
  ],
]
const FOLDERS = Object.keys(WALLS).filter((wing) => /^(builder|router|cli|web|server\/\w+)$/.test(wing))
const RULES = ['noRestrictedImports', 'noProcessEnv', 'noConsole']

const directory = mkdtempSync(join(tmpdir(), 'house-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('the linter says at once what the walls forbid', () => {
  const refused = lint(Object.fromEntries(FOLDERS.map((folder) => [`${folder}/probe.ts`, probe(folder)])))

  test.each(FOLDERS)('in %s', (folder) => {
    const lines = refused[`${folder}/probe.ts`] ?? []
    const forbidden = placesFrom(folder).filter((place) => !mayImport(`${folder}/probe.ts`, place))
    expect(placesFrom(folder).filter((_, n) => lines.includes(n + 1))).toEqual(forbidden)
  })
})

test('the linter keeps the environment to config.ts, the console out of programs, and packages out of the router', () => {
  const refused = lint({
    'server/apps/probe.ts': 'export const x = process.env\n',
    'server/config.ts': 'export const x = process.env\n',
    'server/api/config.ts': 'export const x = process.env\n',
    'builder/probe.ts': "console.log('x')\n",
    'cli/probe.ts': "console.log('x')\n",
    'router/probe.ts': "import './x.ts'\nimport 'ws'\nimport 'node:http'\n",
    'server/contract/probe.ts': "import 'zod'\nimport type { x } from 'node:fs'\n",
  })
  expect(refused).toEqual({
    'server/apps/probe.ts': [1],
    'server/api/config.ts': [1],
    'builder/probe.ts': [1],
    'router/probe.ts': [2],
    'server/contract/probe.ts': [2],
  })
})

function placesFrom(folder: string): string[] {
  return PLACES.filter((place) => !place.startsWith(`${folder}/`))
}

/** Line n imports place n. */
function probe(folder: string): string {
  return placesFrom(folder)
    .map((place, n) => `import type { T as T${n} } from '${relative(folder, place)}'\n`)
    .join('')
}

/** For each file, the lines that a rule of the house refuses, under the configuration that this repository has. */
function lint(files: Record<string, string>): Record<string, number[]> {
  const root = mkdtempSync(join(directory, 'probe-'))
  cpSync(join(ROOT, 'biome.json'), join(root, 'biome.json'))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome')
  const args = ['lint', '--vcs-enabled=false', '--colors=off', '--max-diagnostics=none', '.']
  const { stdout, stderr } = spawnSync(process.execPath, [biome, ...args], { cwd: root, encoding: 'utf8' })
  const found = `${stdout}${stderr}`.matchAll(new RegExp(`^(\\S+):(\\d+):\\d+ lint/\\w+/(?:${RULES.join('|')}) `, 'gm'))
  const lines: Record<string, number[]> = {}
  for (const [, file = '', line] of found)
    lines[file] = [...new Set([...(lines[file] ?? []), Number(line)])].sort((a, b) => a - b)
  return lines
}
