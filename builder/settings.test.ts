import { expect, test } from 'vitest'
import { planFor } from './detect.ts'
import { refusePlatformImages } from './platform-images.ts'
import { Source } from './source.ts'
import { type FixtureEntry, ROOMY, sourceOf, TemporaryDirectory, writeTar } from './source-fixture.ts'
import { writeSubtree } from './subtree.ts'

test('a Dockerfile that is set is built whatever else there is, and read from its place', async () => {
  using source = await sourceOf({ 'package.json': '{}', 'docker/app.Dockerfile': 'FROM node\nEXPOSE 9000\n' })
  const { plan } = planFor(source, { dockerfile: 'docker/app.Dockerfile' })
  expect(plan).toMatchObject({ buildpack: 'dockerfile', dockerfile: 'docker/app.Dockerfile', port: 9000 })
  expect(() => planFor(source, { dockerfile: 'Dockerfile' })).toThrow('There is no Dockerfile, which is set')
})

test('a Procfile that is set takes the place of the usual one', async () => {
  using source = await sourceOf({ 'package.json': '{}', Procfile: 'web: a', 'deploy/Procfile': 'web: b' })
  expect(planFor(source, { procfile: 'deploy/Procfile' }).plan.processTypes).toMatchObject({ web: 'b' })
  expect(() => planFor(source, { procfile: 'nowhere' })).toThrow('There is no nowhere, which is set as the Procfile')
})

async function subtree(entries: FixtureEntry[], root: string): Promise<Source> {
  using directory = new TemporaryDirectory()
  await writeTar(directory.join('source.tar'), entries)
  await writeSubtree(directory.join('source.tar'), root, directory.join('root.tar'))
  return Source.open(directory.join('root.tar'), ROOMY)
}

test('the root is the top directory of the app, and the rest is not there', async () => {
  using source = await subtree(
    [
      { name: './apps/web/package.json', content: '{"name":"web"}' },
      { name: './apps/web/run.sh', content: 'x'.repeat(300_000), mode: 0o755 },
      { name: './apps/web/link', type: 'symlink', linkname: 'run.sh' },
      { name: './apps/webby/package.json', content: 'other' },
      { name: './README.md', content: 'top' },
    ],
    'apps/web',
  )
  expect([...source.entries.keys()]).toEqual(['package.json', 'run.sh', 'link'])
  expect(source.text('package.json')).toBe('{"name":"web"}')
  expect(source.text('run.sh')).toHaveLength(300_000)
  expect(source.entries.get('run.sh')?.mode).toBe(0o755)
})

test('what leads out of the root, or is no file, is refused as in any tree', async () => {
  const inRoot = (entry: FixtureEntry) => subtree([{ ...entry, name: `a/${entry.name}` }], 'a')
  await expect(inRoot({ name: 'link', type: 'symlink', linkname: '../b' })).rejects.toThrow('leaves the tree')
  await expect(inRoot({ name: '../../b', content: '' })).rejects.toThrow('points out of the tree')
  await expect(inRoot({ name: 'hard', type: 'link', linkname: 'a/b' })).rejects.toThrow('is a hard link')
  await expect(inRoot({ name: 'pipe', type: 'fifo' })).rejects.toThrow('is not a file')
  await expect(subtree([{ name: 'b/c', content: '' }], 'a')).rejects.toThrow('There is no directory a in the source')
})

test('build arguments cannot name an image of the platform', () => {
  const refused = (text: string, args: Record<string, string>) => expect(() => refusePlatformImages(text, args))
  refused('ARG BASE=node\nFROM $BASE', { BASE: 'paas/shop:1' }).toThrow('belongs to another app')
  refused('ARG BASE\nFROM $BASE', { BASE: 'paas/shop:1' }).toThrow('belongs to another app')
  refused('ARG BASE=paas/shop:1\nFROM $BASE', { BASE: 'node' }).not.toThrow()
  refused(`FROM \${BASE:-paas/shop:1}`, { BASE: 'node' }).toThrow('belongs to another app')
  refused(`ARG A="x\\" BASE=y"\nFROM \${BASE:-paas/shop:1}`, { BASE: 'node' }).toThrow('cannot be read')
  refused(`ARG A="x BASE"\nFROM \${BASE:-paas/shop:1}`, { BASE: 'node' }).toThrow('belongs to another app')
})
