import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { planExample } from './example-plan.ts'
import { findProgram, requirePrograms } from './programs.ts'
import { TemporaryDirectory } from './source-fixture.ts'

test('a program is found in the first directory of PATH that may run it', () => {
  using directory = new TemporaryDirectory()
  writeFileSync(directory.join('tool'), '', { mode: 0o755 })
  writeFileSync(directory.join('text'), '', { mode: 0o644 })
  expect(findProgram('tool', `/nowhere::${directory.path}`)).toBe(directory.path)
  expect(findProgram('text', directory.path)).toBeUndefined()
})

test('everything that the machine lacks is named at once, with the command that installs it', () => {
  const programs = [
    { name: 'no-such-ruby', package: 'ruby' },
    { name: 'no-such-bundle', package: 'ruby-bundler' },
  ]
  const plan = { ...planExample('hello-node'), title: 'Ruby', programs }
  expect(() => requirePrograms(plan, '/usr/bin')).toThrow(
    expect.objectContaining({
      code: 'build.tool-missing',
      message: expect.stringContaining('no-such-ruby, no-such-bundle'),
      help: expect.objectContaining({ command: 'apt-get install -y ruby ruby-bundler' }),
    }),
  )
  expect(() => requirePrograms({ ...plan, programs: [] }, '')).not.toThrow()
})
