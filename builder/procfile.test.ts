import { expect, test } from 'vitest'
import { parseProcfile } from './procfile.ts'

test('reads types and commands past comments, blank lines and Windows line ends', () => {
  const text =
    '# formation\r\n// old style\r\n\r\nweb: node server.js\r\n  worker :  node worker.js --queue a:b \nclock: true'
  expect(parseProcfile(text)).toEqual({ web: 'node server.js', worker: 'node worker.js --queue a:b', clock: 'true' })
})

test('a comment behind a command needs a blank before it and no quotes around it', () => {
  const lines = [
    'a: run # not this',
    "b: echo 'x # y'",
    'c: curl host#top',
    'd: echo \\"x # not this',
    'e: echo "a" # b',
  ]
  expect(parseProcfile(lines.join('\n'))).toEqual({
    a: 'run',
    b: "echo 'x # y'",
    c: 'curl host#top',
    d: 'echo \\"x',
    e: 'echo "a"',
  })
})

test.each([
  ['web: a\nworker: b\nweb: c', 'line 3: `web` is declared a second time, first on line 1'],
  ['web: a\nWEB: b', 'line 2: `WEB` is declared a second time'],
  ['web: a\n<<<<<<< HEAD\nworker: b', 'line 2: it is a marker of an unfinished merge'],
  ['web: a\n=======\n', 'line 2: it is a marker'],
  ['web node server.js', 'line 1: `web node server.js` is not `<type>: <command>`'],
  ['my_worker: run', 'line 1: `my_worker` cannot name a process type'],
  ['-web: run', 'line 1: `-web` cannot name a process type'],
  [`${'a'.repeat(64)}: run`, 'cannot name a process type'],
  ['web:', 'line 1: `web` has no command'],
  ['web: # later', 'line 1: `web` has no command'],
  [': run', 'line 1: `: run` is not'],
])('%j is refused with its line', (text, message) => {
  expect(() => parseProcfile(text)).toThrow(message)
})

test('a name with an underscore comes with one that would do', () => {
  expect(() => parseProcfile('my_worker: run')).toThrow(
    expect.objectContaining({ help: { fix: expect.stringContaining('`my-worker`') } }),
  )
})
