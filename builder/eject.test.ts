import { expect, test } from 'vitest'
import { planFor } from './detect.ts'
import { ejectedDockerfile } from './eject.ts'
import { sourceOf } from './source-fixture.ts'

async function ejected(files: Record<string, string>): Promise<string> {
  using source = await sourceOf(files)
  return ejectedDockerfile(planFor(source).plan, (name) => `// ${name}\n`)
}

test('stands on a public image, where a version that it has costs nothing', async () => {
  const text = await ejected({ 'package.json': '{"engines":{"node":">=20"}}', 'server.js': '' })
  expect(text).toMatch(/^# syntax=.*\nFROM node:24-bookworm-slim AS stack\n/)
  expect(text).not.toContain('paas-install-node')
  expect(text).toContain('CMD ["/bin/sh","-c","node server.js"]')
})

test('brings another version, and one that the image may lose, whatever runs here', async () => {
  expect(await ejected({ 'package.json': '{"engines":{"node":"22.x"}}', 'server.js': '' })).toContain(
    'paas-install-node',
  )
  expect(await ejected({ 'package.json': '{"engines":{"node":"24.0.0"}}', 'server.js': '' })).toContain(
    'paas-install-node',
  )
})

test('holds the files that a buildpack brings', async () => {
  const text = await ejected({ 'index.html': '' })
  expect(text).toMatch(/COPY .*<<"PAAS_END_OF_FILE" \/app\/.paas\/static-server.mjs\n\/\/ static-server.mjs\n/)
})

test('holds the files that only a step wants where the step wants them', async () => {
  const text = await ejected({ 'go.mod': 'module a\n\ngo 1.22\n', 'main.go': 'package main\n' })
  expect(text).toMatch(
    /<<"PAAS_END_OF_FILE" \/app\/.paas\/download.mjs\n\/\/ download.mjs\nPAAS_END_OF_FILE\nRUN .*download.mjs/,
  )
  expect(text).not.toContain('COPY --chown=1000:1000 [".paas')
})
