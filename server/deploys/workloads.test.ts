import { expect, test } from 'vitest'
import { plainCommand, shellCommand } from './workloads.ts'

test('the shell runs a Procfile line, behind the scripts of the app where there are some', () => {
  const plain = { profile: false, launcher: false }
  expect(shellCommand('node x | cat', plain)).toEqual(['/bin/sh', '-c', 'node x | cat'])
  expect(shellCommand(null, plain)).toBe(null)
  expect(plainCommand(['bash'], plain)).toEqual(['bash'])
  expect(shellCommand('node x', { ...plain, profile: true })?.at(-1)).toBe('node x')
})

test('the launcher of Cloud Native Buildpacks starts everything of its images', () => {
  const launched = { profile: false, launcher: true }
  expect(shellCommand('node x | cat', launched)).toEqual(['/cnb/lifecycle/launcher', 'node x | cat'])
  expect(shellCommand('/cnb/process/worker', launched)).toEqual(['/cnb/process/worker'])
  expect(shellCommand('/cnb/process/worker; id', launched)?.[0]).toBe('/cnb/lifecycle/launcher')
  expect(shellCommand(null, launched)).toBe(null)
  expect(plainCommand(['bash', '-l'], launched)).toEqual(['/cnb/lifecycle/launcher', '--', 'bash', '-l'])
})
