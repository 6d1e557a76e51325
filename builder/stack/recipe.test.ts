import { expect, test } from 'vitest'
import { stackDockerfile, stackNames } from './recipe.ts'

const NODE = { version: 'v24.19.0', arch: 'x64' }

test('the tag changes with what is inside, and with nothing else', () => {
  const { stack } = stackNames('paas', NODE)
  expect(stack).toMatch(/^paas\/stack:1-[0-9a-f]{12}$/)
  expect(stackNames('paas', { ...NODE })).toEqual(stackNames('paas', NODE))
  expect(stackNames('paas', { ...NODE, version: 'v24.20.0' }).stack).not.toBe(stack)
  expect(stackNames('paas', { ...NODE, arch: 'arm64' }).stack).not.toBe(stack)
})

test('the text stays within what the BuildKit of Docker 20.10 can read', () => {
  const text = stackDockerfile('debian:bookworm-slim')
  expect(text).toMatch(/^FROM debian:bookworm-slim\n/)
  expect(text).not.toMatch(/<<|--link|# *syntax/)
})
