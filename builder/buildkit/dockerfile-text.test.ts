import { expect, test } from 'vitest'
import { prepareDockerfile } from './dockerfile-text.ts'

test('a frontend from a registry is switched off with a warning, and line numbers stay', () => {
  const prepared = prepareDockerfile('# syntax=docker/dockerfile:1.7\n# escape=`\nFROM x\nRUN true\n')
  expect(prepared.text).toBe('# escape=`\n#\nFROM x\nRUN true\n')
  expect(prepared.warnings).toEqual([
    'Ignored `# syntax=docker/dockerfile:1.7`: the Dockerfile is read by the BuildKit that is built into the engine.',
  ])
})

test.each(['#syntax = x', '# SYNTAX=x', '\uFEFF# syntax=x', '// syntax=x', '#!/usr/bin/env docker\n# syntax=x'])(
  '%j names a frontend as well',
  (head) => {
    const { text, warnings } = prepareDockerfile(`${head}\nFROM y`)
    expect(text.toLowerCase()).not.toContain('syntax')
    expect(warnings).toHaveLength(1)
  },
)

test('JSON at the top, another way to name a frontend, is not read as such', () => {
  expect(prepareDockerfile('{"syntax":"evil/frontend"}').text).toMatch(/^#\n/)
})

test.each(['FROM x\n# syntax=later\n', '# just a comment\n# syntax=too-late\nFROM x\n', '', 'FROM x'])(
  '%j is left as it is',
  (text) => {
    expect(prepareDockerfile(text)).toEqual({ text, warnings: [], asksSecrets: false })
  },
)

test('a mounted secret asks for a session', () => {
  expect(prepareDockerfile('FROM x\nRUN --mount=id=env,type=secret true').asksSecrets).toBe(true)
})
