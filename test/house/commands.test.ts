import { expect, test } from 'vitest'
import { shellStrings } from './commands.ts'
import { read, SOURCES } from './repository.ts'

const OURS = SOURCES.filter((file) => /^(server|builder|router|cli|scripts|bench|test)\//.test(file))

test('no value ever reaches a shell as part of a line', () => {
  const found = OURS.flatMap((file) => shellStrings(read(file)).map(({ line, why }) => `${file}:${line} ${why}`))
  expect(found).toEqual([])
})

test.each([
  'spawn(file, args, { shell: true })',
  "spawn(file, { shell: '/bin/bash' })",
  'execSync("ls")',
  'exec(line, done)',
  'spawn(`git`, args)',
  'execFile(\n  `x`,\n)',
  "import { exec } from 'node:child_process'",
  "import { exec as run, spawn } from 'node:child_process'",
  'child_process.exec(line)',
])('%s is refused', (source) => {
  expect(shellStrings(source)).toHaveLength(1)
})

test.each([
  "spawn('/bin/sh', ['-c', text])",
  "execFile('git', [`--depth=1`])",
  '/a/.exec(text)',
  "connection.exec('BEGIN')",
  'class A {\n  async exec(id: string, command: string[]) {}\n}',
  'spawn(file, args, { shell: false })',
  '// never exec(line)',
  "const help = 'exec(line)'",
])('%s is fine', (source) => {
  expect(shellStrings(source)).toEqual([])
})
