import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
/** Looked over at every start, so worth a limit. */
const SIZE_MAX_BYTES = 300_000

let directory: string
let bundle: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'paas-bundle-'))
  bundle = join(directory, 'paas')
  await run(process.execPath, [join(import.meta.dirname, 'build-cli.ts'), '--outfile', bundle])
})
afterAll(() => rm(directory, { recursive: true, force: true }))

test('the bundle is one executable file that knows its version', async () => {
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../package.json'), 'utf8'))
  const { stdout } = await run(bundle, ['version'])
  expect(stdout).toMatch(new RegExp(`^paas ${version.replaceAll('.', '\\.')} `))
  expect((await stat(bundle)).size).toBeLessThan(SIZE_MAX_BYTES)
})

test('it runs as a module and as a script, whatever the package.json beside it says', async () => {
  for (const type of ['module', 'commonjs']) {
    await writeFile(join(directory, 'package.json'), JSON.stringify({ type }))
    expect((await run(bundle, ['version', '--json'])).stdout).toContain('"version"')
  }
  const copy = join(directory, 'paas.mjs')
  await copyFile(bundle, copy)
  expect((await run(process.execPath, [copy, 'version'])).stdout).toContain('paas ')
})

test('the planner of builds is a file beside it, and is missed in words', async () => {
  await run(bundle, ['build:plan', join(import.meta.dirname, '../builder/examples/hello-node')])
  const alone = join(directory, 'alone', 'paas')
  await mkdir(dirname(alone))
  await copyFile(bundle, alone)
  await expect(run(process.execPath, [alone, 'build:plan', directory])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Copy paas-planner.cjs there'),
  })
})

test("the contract's schemas stay out of it", async () => {
  const text = await readFile(bundle, 'utf8')
  expect(text).not.toContain('ZodError')
  expect(text).not.toContain('safeParse')
})
