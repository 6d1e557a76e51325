import { expect, test } from 'vitest'
import { parseAptfile } from './aptfile.ts'
import { planFor } from './detect.ts'
import { renderDockerfile } from './dockerfile.ts'
import { sourceOf } from './source-fixture.ts'

test('names are read line by line, each once', () => {
  expect(
    parseAptfile('# images\nimagemagick\nlibvips42=8.14.1-3 # pinned\r\n\n  ffmpeg  \nffmpeg\nlibc6:amd64'),
  ).toEqual(['imagemagick', 'libvips42=8.14.1-3', 'ffmpeg', 'libc6:amd64'])
})

test.each(['-o APT::Foo', ':repo:deb http://x', 'https://example.com/a.deb', './a.deb', '$(id)', 'Upper', 'a/b'])(
  '%s is refused with its line',
  (line) => {
    expect(() => parseAptfile(`curl\n${line}`)).toThrow(/The Aptfile cannot be read, line 2/)
  },
)

test('they are in the image that runs', async () => {
  using source = await sourceOf({ 'package.json': '{}', 'server.js': '', Aptfile: 'ffmpeg' })
  const { plan } = planFor(source)
  expect(plan.packages).toEqual(['ffmpeg'])
  const text = renderDockerfile(plan, { stack: 'stack', app: 'shop', certificates: false, runtimes: [] })
  expect(text).toMatch(/AS base\n[\s\S]*"apt","ffmpeg"/)
})

test('a Dockerfile brings its own, and says that the Aptfile is not read', async () => {
  using source = await sourceOf({ Dockerfile: 'FROM node', Aptfile: 'ffmpeg' })
  const { plan } = planFor(source)
  expect(plan.packages).toEqual([])
  expect(plan.warnings).toContain('The Aptfile is not read: the Dockerfile says what is in the image.')
})
