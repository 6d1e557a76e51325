import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BuildFixture } from './build-fixture.ts'
import { TemporaryDirectory } from './source-fixture.ts'

/** Real npm without a registry: the one dependency is a tarball served from here. */
let server: Server
let url: string
let served = 0

beforeAll(async () => {
  const tarball = packTool()
  server = createServer((_, response) => {
    served += 1
    response.end(tarball)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tool.tgz`
})
afterAll(() => {
  server.close()
})

test('a code-only push reuses the dependencies, a changed lock file does not', async () => {
  using box = new BuildFixture()
  const files = app()
  expect(await box.build(files)).toMatchObject({ type: 'done', cachedSteps: 0 })
  const second = await box.build({ ...files, 'server.js': '// changed' })
  expect(second).toMatchObject({ type: 'done', cachedSteps: 1 })
  expect(served).toBe(1)
  const tree = join((second as { image: string }).image, 'app')
  expect(readFileSync(join(tree, 'server.js'), 'utf8')).toBe('// changed')
  expect(readFileSync(join(tree, 'node_modules', 'tool', 'index.js'), 'utf8')).toContain('42')
  const third = await box.build({ ...files, 'package-lock.json': `${files['package-lock.json']}\n` })
  expect(third).toMatchObject({ type: 'done', cachedSteps: 0 })
})

test('development tools build the app and are gone from the image', async () => {
  using box = new BuildFixture()
  const done = await box.build(
    app({ scripts: { build: 'tool > out.txt', start: 'node server.js' } }, 'devDependencies'),
  )
  expect(done).toMatchObject({ type: 'done' })
  const tree = join((done as { image: string }).image, 'app')
  expect(readFileSync(join(tree, 'out.txt'), 'utf8')).toBe('42\n')
  expect(existsSync(join(tree, 'node_modules', 'tool'))).toBe(false)
})

test('a lock file out of step is explained with the command that mends it', async () => {
  using box = new BuildFixture()
  const failed = await box.build(app({ dependencies: { tool: url, another: url } }))
  expect(failed).toMatchObject({
    type: 'failed',
    code: 'npm.lock-out-of-step',
    message: expect.stringMatching(/^package-lock\.json does not fit package\.json.+`npm ci --omit=dev` ended/),
    command: expect.stringContaining('npm install && git add package-lock.json'),
  })
  expect(existsSync(box.directory.join('images'))).toBe(false)
  expect(readdirSync(box.directory.join('cache', 'app_1', 'layers'))).toEqual([])
})

function app(change: object = {}, kind: 'dependencies' | 'devDependencies' = 'dependencies'): Record<string, string> {
  const own = { name: 'x', version: '1.0.0', [kind]: { tool: url } }
  const tool = { version: '1.0.0', resolved: url, bin: { tool: 'index.js' }, dev: kind === 'devDependencies' }
  const lock = { ...own, lockfileVersion: 3, requires: true, packages: { '': own, 'node_modules/tool': tool } }
  return {
    'package.json': JSON.stringify({ ...own, scripts: { start: 'node server.js' }, ...change }),
    'package-lock.json': JSON.stringify(lock),
    'server.js': '// first',
  }
}

function packTool(): Buffer {
  using directory = new TemporaryDirectory()
  mkdirSync(directory.join('package'))
  const json = { name: 'tool', version: '1.0.0', bin: { tool: 'index.js' } }
  writeFileSync(directory.join('package', 'package.json'), JSON.stringify(json))
  writeFileSync(directory.join('package', 'index.js'), '#!/usr/bin/env node\nconsole.log(42)\n', { mode: 0o755 })
  return execFileSync('tar', ['-cz', '-C', directory.path, 'package'])
}
