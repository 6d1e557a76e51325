import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Layout } from './layout.ts'
import { isOfMachine, machinePrograms } from './programs.ts'

const shell = {
  name: 'shell',
  image: null,
  packages: ['bash'],
  program: 'bash',
  directories: [],
  data: { path: '/d', user: 'x' },
}

test('a program of the system passes for the version that it names, and for no other', () => {
  expect(isOfMachine({ ...shell, says: 'GNU bash' })).toBe(true)
  expect(isOfMachine({ ...shell, says: 'GNU bash 4711' })).toBe(false)
})

test('what was given once is given again, as there are data of it', () => {
  const layout = new Layout(mkdtempSync(join(tmpdir(), 'paas-programs-')))
  try {
    const other = { ...shell, says: 'GNU bash 4711' }
    expect(() => machinePrograms(layout, other)).toThrow('This machine has no shell')
    expect(machinePrograms(layout, shell)).toBe(machinePrograms(layout, other))
  } finally {
    rmSync(layout.directory, { recursive: true, force: true })
  }
})
