import { expect, test } from 'vitest'
import { sourceOf } from '../../source-fixture.ts'
import { readPackageJson } from '../package-json.ts'
import { nodeVersion } from './version.ts'

test.each([
  [{}, {}, '24.x', 'the default'],
  [{ engines: { node: '20.x' } }, {}, '20.x', 'engines.node in package.json'],
  [{}, { '.nvmrc': 'v22.3.0\n' }, 'v22.3.0'.slice(1), '.nvmrc'],
  [{}, { '.nvmrc': '# why\nlts/jod # newest\n' }, '22.x', '.nvmrc'],
  [{}, { '.node-version': '22', '.nvmrc': '20' }, '20', '.nvmrc'],
  [{}, { '.node-version': '22' }, '22', '.node-version'],
  [{ volta: { node: '22.1.0' } }, { '.nvmrc': '20' }, '22.1.0', 'volta.node in package.json'],
  [
    { devEngines: { runtime: { name: 'node', version: '^22.0.0' } } },
    {},
    '^22.0.0',
    'devEngines.runtime in package.json',
  ],
  [{ engines: { node: '>=20' } }, { '.nvmrc': '22' }, '22', '.nvmrc, within engines.node in package.json'],
])('with %j and %j it is %s', async (json, files, version, because) => {
  expect(await versionOf(json, files)).toEqual({ runtime: { name: 'node', version, because }, warnings: [] })
})

test('engines wins over a pin outside of it, and says so', async () => {
  const { runtime, warnings } = await versionOf({ engines: { node: '20.x' } }, { '.nvmrc': '22' })
  expect(runtime.version).toBe('20.x')
  expect(warnings).toEqual([expect.stringContaining('.nvmrc names Node.js 22 and engines.node in package.json 20.x')])
})

test('what is no version is refused with the file it stands in', async () => {
  await expect(versionOf({}, { '.nvmrc': 'newest' })).rejects.toThrow('.nvmrc is no version of Node.js: newest')
})

async function versionOf(json: object, files: Record<string, string>) {
  using source = await sourceOf({ 'package.json': JSON.stringify(json), ...files })
  return nodeVersion(source, readPackageJson(source))
}
