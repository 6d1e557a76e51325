import { expect, test } from 'vitest'
import type { BuildPlan } from '../plan.ts'
import { sourceOf } from '../source-fixture.ts'
import { billOfMaterials } from './sbom.ts'

const PLAN = { runtimes: [{ name: 'node', version: '24.1.0', because: 'engines' }] } as unknown as BuildPlan
const APP = { name: 'shop', commit: 'c0ffee' }

test('a document of CycloneDX 1.5 names the app, its runtimes and what its lock files lock, each once', async () => {
  const integrity = `sha512-${Buffer.from('digest').toString('base64')}`
  const packages = {
    'node_modules/@a/b': { version: '1.0.0+1', integrity },
    'node_modules/c/node_modules/@a/b': { version: '1.0.0+1', integrity },
    'node_modules/d': { version: '2.0.0', dev: true },
  }
  using source = await sourceOf({
    'package-lock.json': JSON.stringify({ packages }),
    'yarn.lock': 'e@^1:\n  version "1.0.0"\n',
    'requirements.txt': 'Some_Thing==1.0\n',
  })
  const bill = billOfMaterials(source, PLAN, APP)
  expect(bill).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/),
    metadata: {
      component: { type: 'application', name: 'shop', version: 'c0ffee' },
      properties: [
        { name: 'paas:lock-file', value: 'package-lock.json' },
        { name: 'paas:lock-file', value: 'requirements.txt' },
      ],
    },
  })
  expect(bill.components.map(({ purl }) => purl)).toEqual([
    'pkg:generic/node@24.1.0',
    'pkg:npm/%40a/b@1.0.0%2B1',
    'pkg:npm/d@2.0.0',
    'pkg:pypi/some-thing@1.0',
  ])
  expect(bill.components[1]).toMatchObject({
    type: 'library',
    group: '@a',
    name: 'b',
    hashes: [{ alg: 'SHA-512', content: Buffer.from('digest').toString('hex') }],
  })
  expect(bill.components[2]?.scope).toBe('excluded')
})

test('a lock file that cannot be read is named, and the next one counts', async () => {
  using source = await sourceOf({ 'package-lock.json': '{', 'yarn.lock': 'e@^1:\n  version "1.0.0"\n' })
  const { components, metadata } = billOfMaterials(source, { ...PLAN, runtimes: [] }, APP)
  expect(components.map(({ purl }) => purl)).toEqual(['pkg:npm/e@1.0.0'])
  expect(metadata.properties).toEqual([
    { name: 'paas:lock-file', value: 'yarn.lock' },
    { name: 'paas:unread', value: 'package-lock.json' },
  ])
})
