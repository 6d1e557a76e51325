import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { readCommandLine } from './command-line.ts'
import { commands } from './commands.ts'
import { helpText, parseCommand } from './parser.ts'

function read(line: string) {
  const request = readCommandLine(line.split(' ').filter(Boolean))
  return 'entry' in request
    ? { kind: request.kind, name: request.entry.name, rest: 'rest' in request ? request.rest : [] }
    : request
}

test.each(commands.filter(({ name }) => name.includes(':')).map(({ name }) => name))(
  '%s may be written with a space',
  (name) => {
    expect(read(name.replace(':', ' '))).toMatchObject({ kind: 'run', name, rest: [] })
    expect(read(name)).toMatchObject({ kind: 'run', name, rest: [] })
  },
)

test('no two commands share a name', () => {
  const names = commands.flatMap(({ name, aliases }) => [name, ...aliases])
  expect(new Set(names).size).toBe(names.length)
})

test('common options may stand before the command', () => {
  expect(read('-a shop --json config set A=1')).toEqual({
    kind: 'run',
    name: 'config:set',
    rest: ['-a', 'shop', '--json', 'A=1'],
  })
  expect(read('--app=shop ps')).toEqual({ kind: 'run', name: 'ps', rest: ['--app=shop'] })
})

test('help names its command in either way', () => {
  expect(read('help')).toEqual({ kind: 'overview' })
  expect(read('')).toEqual({ kind: 'overview' })
  expect(read('help config set')).toMatchObject({ kind: 'help', name: 'config:set' })
  expect(read('--version')).toMatchObject({ kind: 'run', name: 'version' })
})

test('a topic followed by something that is no verb is the topic itself', () => {
  expect(read('run ls')).toMatchObject({ name: 'run', rest: ['ls'] })
  expect(read('config --json')).toMatchObject({ name: 'config', rest: ['--json'] })
  expect(read('apps list')).toMatchObject({ name: 'apps' })
})

test('a slip of the pen is met with the nearest command', () => {
  expect(() => read('confg')).toThrow(
    expect.objectContaining({ exitCode: 2, advice: { fix: 'Did you mean config?', command: 'paas config --help' } }),
  )
  expect(() => read('config ste')).not.toThrow()
  expect(() => read('xyzzy')).toThrow(expect.objectContaining({ advice: { command: 'paas help' } }))
})

/** The `paas` calls in a line for a shell, as words. */
function callsIn(line: string): string[][] {
  const calls = line.matchAll(/(?:^|[\s(|])(?<!git push )paas ([^|)<>]*)/g)
  return [...calls].map(([, words = '']) => words.match(/"[^"]*"|\S+/g) ?? [])
}

test.each(commands.map((entry) => [entry.name, entry] as const))(
  'every example of %s can be typed as it is',
  async (_, entry) => {
    const { command } = await entry.load()
    expect(command.examples.length).toBeGreaterThan(0)
    for (const words of command.examples.flatMap(({ run }) => callsIn(run))) {
      const request = readCommandLine(words)
      if (request.kind !== 'run') throw new Error(`${words.join(' ')} is no command`)
      const { command: called } = await request.entry.load()
      expect(parseCommand(request.entry.name, called, request.rest, () => undefined)).not.toBe('help')
    }
  },
)

test.each(commands.map((entry) => [entry.name, entry] as const))(
  'help of %s has its name and its examples, by its other names too',
  async (name, entry) => {
    const { command } = await entry.load()
    const help = helpText(name, command)
    expect(help).toContain(`paas ${name}`)
    for (const { run } of command.examples) expect(help).toContain(run)
    for (const alias of [name, ...entry.aliases]) {
      expect(readCommandLine(['help', alias])).toEqual({ kind: 'help', entry })
      expect(readCommandLine([alias, '--help'])).toMatchObject({ entry, rest: ['--help'] })
    }
    expect(parseCommand(name, command, ['--help'], () => undefined)).toBe('help')
  },
)

test('docs/cli.md names every command', async () => {
  const page = await readFile(new URL('../docs/cli.md', import.meta.url), 'utf8')
  for (const { name } of commands) expect(page).toContain(`\`${name}\``)
})
