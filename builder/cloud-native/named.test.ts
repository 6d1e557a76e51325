import { expect, test } from 'vitest'
import type { BuildSettings } from '../build.ts'
import { BuildFixture } from '../build-fixture.ts'
import { planFor } from '../detect.ts'
import type { BuildFailure } from '../errors.ts'
import type { BuildPlan } from '../plan.ts'
import { sourceOf } from '../source-fixture.ts'
import { namedBuilder } from './named.ts'
import { wantedBy } from './recipe.ts'

const NODE = { 'package.json': '{"scripts":{"start":"node server.js"}}' }
const NAMED = '[_]\nschema-version = "0.2"\n[io.buildpacks]\nbuilder = "acme/builder:1"\n'

async function planOf(files: Record<string, string>, settings: BuildSettings = {}): Promise<BuildPlan> {
  using source = await sourceOf(files)
  return planFor(source, settings, {}, await namedBuilder(source, settings)).plan
}

async function refusal(project: string, settings: BuildSettings = {}): Promise<BuildFailure> {
  return await planOf({ ...NODE, 'project.toml': project }, settings).then(
    () => expect.unreachable(),
    (error) => error,
  )
}

test('project.toml names the builder, its buildpacks and variables, and what the build sees', async () => {
  const text = `${NAMED}exclude = ["/spec/", "*.md"]
[[io.buildpacks.group]]
id = "acme/node"
version = "1.2.3"
[[io.buildpacks.group]]
uri = "urn:cnb:builder:acme/extra@2"
[[io.buildpacks.pre.group]]
id = "acme/first"
[[io.buildpacks.build.env]]
name = "BP_LEVEL"
value = "3"
[_.metadata]
since = 2026-11-28
`
  const plan = await planOf({ ...NODE, 'project.toml': text, Aptfile: 'jq\n', '.profile': '', Procfile: 'job: x\n' })
  expect(plan).toMatchObject({
    buildpack: 'cloud-native',
    because: 'project.toml',
    processTypes: { job: 'x' },
    packages: [],
  })
  expect(plan.profile).toBe(undefined)
  expect(plan.warnings.join()).toContain('The Aptfile is not read: the builder says')
  expect(plan.cloudNative).toEqual({
    builder: 'acme/builder:1',
    buildpacks: [
      { id: 'acme/node', version: '1.2.3' },
      { id: 'acme/extra', version: '2' },
    ],
    before: [{ id: 'acme/first', version: null }],
    after: [],
    variables: { BP_LEVEL: '3' },
    include: null,
    exclude: ['/spec/', '*.md'],
  })
})

test('files of the first schema are read, and those that show the specification', async () => {
  const first = '[project]\nid = "x"\n[build]\nbuilder = "a/b"\ninclude = ["src/"]\n[[build.buildpacks]]\nid = "a/c"\n'
  expect((await planOf({ 'project.toml': first })).cloudNative).toMatchObject({
    builder: 'a/b',
    include: ['src/'],
    buildpacks: [{ id: 'a/c', version: null }],
  })
  const shown =
    '[io.buildpacks.build]\nbuilder = "a/b"\nexclude = ["x"]\n[[io.buildpacks.build.buildpacks]]\nid = "a/d"\n'
  expect((await planOf({ 'project.toml': shown })).cloudNative).toMatchObject({
    exclude: ['x'],
    buildpacks: [{ id: 'a/d' }],
  })
})

test('a builder that is set comes first, then buildpacks that are set, then project.toml, then what the tree looks like', async () => {
  const files = {
    ...NODE,
    Dockerfile: 'FROM scratch',
    'project.toml': NAMED,
    'app.json': '{"buildpacks":["heroku/python"]}',
  }
  expect(await planOf(files)).toMatchObject({ buildpack: 'cloud-native', because: 'project.toml' })
  expect(await planOf(files, { buildpacks: ['node'] })).toMatchObject({ buildpack: 'node' })
  const set = await planOf(files, { buildpacks: ['node'], builder: 'other/builder' })
  expect(set).toMatchObject({ because: 'paas build:set', cloudNative: { builder: 'other/builder' } })
  expect(await planOf(files, { dockerfile: 'Dockerfile', builder: 'a/b' })).toMatchObject({ buildpack: 'dockerfile' })
})

test.each(['[io.buildpacks]\ninclude = 3\n', 'build = "make"\n', '[tool]\nbuilder = "x"\n'])(
  'a project.toml that names no builder decides nothing: %j',
  async (text) => {
    expect((await planOf({ ...NODE, 'project.toml': text })).buildpack).toBe('node')
  },
)

test.each([
  ['[io.buildpacks\n', 'line 1, column'],
  [`${NAMED}include = ["a"]\nexclude = ["b"]\n`, 'io.buildpacks.exclude cannot stand beside include'],
  [`${NAMED}[[io.buildpacks.group]]\nversion = "1"\n`, 'io.buildpacks.group[0] has no id'],
  [`${NAMED}[[io.buildpacks.group]]\nuri = "https://host.test/x.cnb"\n`, 'group[0].uri is an address'],
  [`${NAMED}[[io.buildpacks.group]]\nid = "x"\n[io.buildpacks.group.script]\ninline = "id"\n`, 'script cannot be run'],
  [`${NAMED}[[io.buildpacks.build.env]]\nname = "../x"\nvalue = "1"\n`, 'env[0].name is no name of a variable'],
  [NAMED.replace('"0.2"', '"7"'), '_.schema-version must be 0.1 or 0.2 or 0.3'],
  ['[io.buildpacks]\nbuilder = 3\n', 'io.buildpacks.builder must be text'],
])('a project.toml with a mistake is refused with its place: %j', async (text, reason) => {
  const { code, message, help } = await refusal(text)
  expect(code).toBe('project-toml.invalid')
  expect(message).toContain(reason)
  expect(help.fix).toContain('Mend project.toml')
})

test.each([
  'paas/app_1:bld_2',
  'docker.io/paas/stack:1',
  'a b',
  '--privileged',
  'x\nRUN id',
  '$IMAGE',
  ''.padEnd(300, 'a'),
])('no builder is %j', async (builder) => {
  expect(await refusal('', { builder })).toMatchObject({ code: 'builder.invalid' })
})

test('an engine without containers says that it needs docker', async () => {
  using box = new BuildFixture()
  const event = await box.build({ ...NODE, 'project.toml': NAMED })
  expect(event).toMatchObject({
    code: 'builder.needs-docker',
    message: expect.stringContaining('acme/builder:1'),
    command: 'paas build:unset builder',
  })
  expect(box.text).toContain('Cloud Native Buildpacks by project.toml -> acme/builder:1')
})

test('include and exclude are read as a .gitignore', () => {
  const base = { builder: 'a', buildpacks: [], before: [], after: [], variables: {} }
  const only = wantedBy({ ...base, include: ['cmd/', '*.go', 'go.mod'], exclude: [] })
  expect(['cmd/x/y.txt', 'a/b.go', 'go.mod', 'README.md', 'docs/cmd.txt'].map((path) => only(path, false))).toEqual([
    ...[true, true, true, false, false],
  ])
  const without = wantedBy({ ...base, include: null, exclude: ['spec/', '!spec/keep'] })
  expect(['spec/a', 'spec/keep', 'src/spec/a', 'spec.md'].map((path) => without(path, false))).toEqual([
    ...[false, false, false, true],
  ])
})
