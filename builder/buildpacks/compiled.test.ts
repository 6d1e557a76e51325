import { expect, test } from 'vitest'
import { planFor } from '../detect.ts'
import type { BuildPlan } from '../plan.ts'
import { sourceOf } from '../source-fixture.ts'

async function planOf(files: Record<string, string>): Promise<BuildPlan> {
  using source = await sourceOf(files)
  return planFor(source).plan
}

const MAIN = 'package main\n\nfunc main() {}\n'

test.each([
  ['module example.com/a\n', '1.19', "the default, Debian's"],
  ['module example.com/a\n\ngo 1.17\n', '1.19', "go 1.17 in go.mod, which Debian's fits"],
  ['module example.com/a\n\ngo 1.22.0\n', '1.22.0', 'go in go.mod'],
  ['module example.com/a\n\ngo 1.21\ntoolchain go1.23.1\n', '1.23.1', 'toolchain in go.mod'],
])('the go.mod %j asks for a Go, and the plan says where', async (mod, version, because) => {
  const plan = await planOf({ 'go.mod': mod, 'main.go': MAIN })
  expect(plan.runtimes).toEqual([{ name: 'go', version, because }])
  expect(plan.buildPackages).toEqual(version === '1.19' ? ['golang-go'] : [])
  expect(plan.steps[0]?.name).toBe(version === '1.19' ? 'Compiling' : `Installing Go ${version}`)
})

test('a go line that is no version is refused', async () => {
  await expect(planOf({ 'go.mod': 'module a\n\ngo newest\n', 'main.go': MAIN })).rejects.toMatchObject({
    code: 'go.no-such-version',
    help: { fix: expect.stringContaining('1.19') },
  })
})

test.each([
  [{ 'main.go': MAIN }, ['.'], 'bin/hello'],
  [{ 'cmd/web/main.go': MAIN, 'cmd/job/main.go': MAIN }, ['./cmd/job', './cmd/web'], 'bin/web'],
  [{ 'main.go': MAIN, 'cmd/job/main.go': MAIN }, ['.', './cmd/job'], 'bin/hello'],
  [{ 'gen.go': `//go:build ignore\n\n${MAIN}`, 'server/run.go': MAIN }, ['./server'], 'bin/server'],
])('the programs of %j', async (files, packages, web) => {
  const plan = await planOf({ 'go.mod': 'module example.com/hello/v2\n', ...files })
  const build = plan.steps[0]?.commands.at(-1) ?? []
  expect(build.slice(build.indexOf('bin/') + 1)).toEqual(packages)
  expect(plan.processTypes).toEqual({ web })
})

test('a Go module without a program is refused', async () => {
  await expect(planOf({ 'go.mod': 'module a\n', 'a.go': 'package a\n' })).rejects.toMatchObject({ code: 'go.no-main' })
})

test('the image of a Go app has its programs and what they read, and no source', async () => {
  const files = { 'main.go': MAIN, 'internal/a.go': 'package a', 'templates/a.html': '', 'vendor/modules.txt': '' }
  const plan = await planOf({ 'go.mod': 'module hello\n', ...files })
  expect(plan.outputs).toEqual(['bin', 'templates'])
  expect(plan.steps[0]?.commands.at(-1)).toContain('-mod=vendor')
})

const CRATE = { 'Cargo.toml': '[package]\nname = "hello"\nedition = "2021"\n', 'src/main.rs': '' }

test.each([
  [{}, '1.63', "the default, Debian's"],
  [{ 'rust-toolchain': '1.70\n' }, '1.70.0', 'channel in rust-toolchain'],
  [{ 'rust-toolchain.toml': '[toolchain]\nchannel = "1.85.0"\n' }, '1.85.0', 'channel in rust-toolchain.toml'],
  [{ 'Cargo.lock': 'version = 4\n' }, '1.78.0', 'version 4 of Cargo.lock'],
  [{ 'Cargo.toml': '[package]\nname = "a"\nedition = "2024"\n' }, '1.85.0', 'edition 2024 in Cargo.toml'],
  [{ 'Cargo.toml': '[package]\nname = "a"\nrust-version = "1.74"\n' }, '1.74.0', 'rust-version in Cargo.toml'],
])('the crate with %j asks for a Rust, and the plan says where', async (files, version, because) => {
  expect((await planOf({ ...CRATE, ...files })).runtimes).toEqual([{ name: 'rust', version, because }])
})

test('a channel without a number is refused, and so is a crate without a program', async () => {
  await expect(planOf({ ...CRATE, 'rust-toolchain': 'nightly\n' })).rejects.toMatchObject({
    code: 'rust.no-such-version',
  })
  await expect(planOf({ 'Cargo.toml': '[package]\nname = "a"\n', 'src/lib.rs': '' })).rejects.toMatchObject({
    code: 'rust.no-main',
  })
})

test('without a Cargo.lock the build is warned about, and with one it is locked', async () => {
  expect((await planOf(CRATE)).warnings).toEqual([expect.stringContaining('There is no Cargo.lock')])
  const plan = await planOf({ ...CRATE, 'Cargo.lock': 'version = 3\n' })
  expect(plan.steps[0]?.commands.flat()).toContain('--locked')
  expect(plan).toMatchObject({ outputs: ['bin'], processTypes: { web: 'bin/hello' }, warnings: [] })
})

test('a package.json for assets stands back behind another language, and the web line of the Procfile decides', async () => {
  const assets = { 'package.json': '{"scripts":{"build":"vite build"}}' }
  const go = { 'go.mod': 'module hello\n', 'main.go': MAIN }
  const plan = await planOf({ ...go, ...assets })
  expect(plan.buildpack).toBe('go')
  expect(plan.warnings).toEqual([
    'Both go.mod (Go) and package.json (Node.js) were found; Go is used because package.json has no start script. For the other, run `paas buildpacks:set node`, or add a Procfile whose web line starts it.',
  ])
  expect((await planOf({ ...go, ...assets, Procfile: 'web: npm run serve' })).buildpack).toBe('node')
  const both = { ...go, 'package.json': '{"scripts":{"start":"node a.js"}}' }
  expect((await planOf(both)).buildpack).toBe('node')
  expect((await planOf({ ...both, Procfile: 'web: bin/hello' })).buildpack).toBe('go')
})
