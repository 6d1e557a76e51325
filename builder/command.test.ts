import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runCommand } from './command.ts'
import { TemporaryDirectory } from './source-fixture.ts'

const FOREVER = new AbortController().signal

test('streams both outputs by line and returns the exit code', async () => {
  const lines: string[] = []
  const exit = await runCommand(sh('echo out; echo err >&2; printf tail; exit 3'), (line) => lines.push(line), FOREVER)
  expect(exit).toEqual({ code: 3, signal: null })
  expect(lines.toSorted()).toEqual(['err', 'out', 'tail'])
})

test('sees only the environment it is given, and arguments as they are', async () => {
  const lines: string[] = []
  const argv = [process.execPath, '-p', 'JSON.stringify([process.env, process.argv[1]])', '$(id) "x"']
  await runCommand({ argv, directory: '/', environment: { ONLY: 'this' } }, (line) => lines.push(line), FOREVER)
  expect(JSON.parse(lines.join(''))).toEqual([{ ONLY: 'this' }, '$(id) "x"'])
})

test('a command that does not exist is named', async () => {
  const command = { argv: ['no-such-tool'], directory: '/', environment: { PATH: '/usr/bin' } }
  await expect(runCommand(command, () => {}, FOREVER)).rejects.toMatchObject({
    code: 'build.tool-missing',
    message: expect.stringContaining('no-such-tool'),
  })
})

test('an abort ends the command before it throws', async () => {
  using directory = new TemporaryDirectory()
  const file = directory.join('ended')
  const abort = new AbortController()
  const script = `trap 'echo yes > "${file}"; exit 0' TERM; echo ready; while :; do sleep 0.01; done`
  const running = runCommand(sh(script), () => abort.abort(new Error('enough')), abort.signal)
  await expect(running).rejects.toThrow('enough')
  expect(readFileSync(file, 'utf8')).toBe('yes\n')
})

test('a process left in the background does not hold the build', async () => {
  const started = performance.now()
  const exit = await runCommand(sh('sleep 60 & echo done'), () => {}, FOREVER)
  expect(exit.code).toBe(0)
  expect(performance.now() - started).toBeLessThan(30_000)
})

test('nothing starts after an abort', async () => {
  using directory = new TemporaryDirectory()
  const file = directory.join('started')
  await expect(runCommand(sh(`touch ${file}`), () => {}, AbortSignal.abort())).rejects.toThrow()
  expect(existsSync(file)).toBe(false)
})

function sh(script: string) {
  return { argv: ['sh', '-c', script], directory: '/', environment: { PATH: '/usr/bin:/bin' } }
}
