import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestCli } from './test-cli.ts'

let cli: TestCli
beforeAll(async () => {
  cli = await TestCli.build()
  await writeFile(
    join(cli.work, 'package.json'),
    JSON.stringify({ engines: { node: '24.x' }, scripts: { start: 'node server.js' } }),
  )
  await writeFile(join(cli.work, 'Procfile'), 'worker: node worker.js\n')
})
afterAll(async () => {
  await cli[Symbol.asyncDispose]()
})

test('the plan of a folder is shown without a box', async () => {
  const { code, stdout } = await cli.run(['build:plan'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^Node\.js app: package\.json found/)
  expect(stdout).toMatch(/node +24\.x +engines\.node in package\.json/)
  expect(stdout).toMatch(/worker +node worker\.js +Procfile/)
})

test('as JSON it is the plan itself, and as a Dockerfile one that stands alone', async () => {
  const plan = JSON.parse((await cli.run(['build:plan', '.', '--json'])).stdout)
  expect(plan).toMatchObject({ buildpack: 'node', processTypes: { worker: 'node worker.js' } })
  const { stdout } = await cli.run(['build:plan', '--dockerfile'])
  expect(stdout).toContain('FROM node:24-bookworm-slim AS stack')
  await mkdir(join(cli.work, 'site'), { recursive: true })
  await writeFile(join(cli.work, 'site', 'index.html'), '<p>hello')
  const site = await cli.run(['build:plan', 'site', '--dockerfile'])
  expect(site.stdout).toContain('createServer')
})

test('a folder that cannot be built says what was looked for', async () => {
  await mkdir(join(cli.work, 'other'), { recursive: true })
  await writeFile(join(cli.work, 'other', 'main.c'), '')
  expect(await cli.run(['build:plan', 'other'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/No buildpack knows this app[\s\S]*Fix: /),
  })
  expect((await cli.run(['build:plan', 'nowhere'])).stderr).toContain('nowhere')
})

test('what is built by buildpacks has a plan and no Dockerfile', async () => {
  await mkdir(join(cli.work, 'packed'), { recursive: true })
  await writeFile(join(cli.work, 'packed', '.buildpacks'), 'https://example.com/pack.git\n')
  expect((await cli.run(['build:plan', 'packed'])).stdout).toContain('https://example.com/pack.git')
  const { code, stderr } = await cli.run(['build:plan', 'packed', '--dockerfile'])
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('No Dockerfile can stand for') })
})

test('what a builder image builds has a plan that says so, and the command that does the same without paas', async () => {
  await mkdir(join(cli.work, 'native'), { recursive: true })
  const project =
    '[io.buildpacks]\nbuilder = "acme/builder:1"\nexclude = ["spec/"]\n[[io.buildpacks.group]]\nid = "acme/node"\n'
  await writeFile(join(cli.work, 'native', 'project.toml'), project)
  const { stdout } = await cli.run(['build:plan', 'native'])
  expect(stdout).toMatch(/^Cloud Native Buildpacks app: project\.toml found/)
  expect(stdout).toMatch(/^Builder: acme\/builder:1\nBuildpacks: acme\/node\nDoes not see: spec\/$/m)
  const { code, stderr } = await cli.run(['build:plan', 'native', '--dockerfile'])
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('pack build my-app --builder acme/builder:1'),
  })
  await writeFile(join(cli.work, 'native', 'project.toml'), project.replace('"acme/builder:1"', '= x'))
  expect((await cli.run(['build:plan', 'native'])).stderr).toMatch(/project\.toml cannot be used: line 2, column \d+/)
})
