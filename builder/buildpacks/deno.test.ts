import { expect, test } from 'vitest'
import { planFor } from '../detect.ts'
import type { BuildPlan } from '../plan.ts'
import { sourceOf } from '../source-fixture.ts'

const CONFIG = '{\n  // what it needs\n  "imports": { "ms": "npm:ms@2", },\n}'

test('dependencies are installed by deno.json and deno.lock alone, and modules are there before the start', async () => {
  const plan = await planOf({ 'deno.jsonc': CONFIG, 'deno.lock': '{}', 'main.ts': 'Deno.serve(() => new Response())' })
  expect(plan.runtimes).toEqual([{ name: 'deno', version: '2.x', because: 'the default' }])
  expect(plan.steps.map(({ inputs, commands }) => [inputs, commands.map((argv) => argv.join(' '))])).toEqual([
    [['deno.jsonc', 'deno.lock'], ['deno install --frozen']],
    [['.'], ['deno cache --frozen main.ts']],
  ])
  expect(plan.processTypes).toEqual({ web: 'DENO_SERVE_ADDRESS=tcp:0.0.0.0:$PORT deno run --allow-all main.ts' })
  expect(plan.warnings).toEqual([])
})

test.each([
  ['deno run -A src/app.ts', 'deno run -A src/app.ts'],
  ['deno run -A src/app.ts | tee log', 'deno task start'],
])('the task %j starts the app by %j', async (start, command) => {
  const plan = await planOf({ 'deno.json': JSON.stringify({ tasks: { start } }), 'deno.lock': '{}' })
  expect(plan.processTypes).toEqual({ web: command })
})

test('a file that exports a handler is served', async () => {
  const plan = await planOf({ 'deno.json': '{}', 'server.ts': 'export default { fetch: () => new Response() }' })
  expect(plan.processTypes).toEqual({ web: 'deno serve --allow-all --host 0.0.0.0 --port $PORT server.ts' })
  expect(plan.warnings).toEqual([expect.stringContaining('no deno.lock')])
})

test('beside a package.json it is an app of Deno only if Deno starts it', async () => {
  const files = { 'package.json': '{"scripts":{"start":"node a.js"}}', 'deno.lock': '{}' }
  expect((await planOf({ ...files, 'deno.json': '{"lint":{}}' })).buildpack).toBe('node')
  expect((await planOf({ ...files, 'deno.json': '{"tasks":{"start":"deno run -A a.ts"}}' })).buildpack).toBe('deno')
})

test('the version comes from .deno-version', async () => {
  const files = { 'deno.json': '{}', 'main.ts': '' }
  expect((await planOf({ ...files, '.deno-version': 'v2.4.0\n' })).runtimes[0]?.version).toBe('2.4.0')
  await expect(planOf({ ...files, '.dvmrc': 'newest' })).rejects.toMatchObject({ code: 'deno.invalid-version' })
})

test('a deno.json that is no JSON is named', async () => {
  await expect(planOf({ 'deno.json': '{"tasks":', 'main.ts': '' })).rejects.toMatchObject({
    code: 'deno.invalid-config',
  })
})

async function planOf(files: Record<string, string>): Promise<BuildPlan> {
  using source = await sourceOf(files)
  return planFor(source).plan
}
