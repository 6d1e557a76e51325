import { expect, test } from 'vitest'
import type { BuildEvent } from '../build.ts'
import { Output } from '../output.ts'
import type { BuildPlan, CloudNative } from '../plan.ts'
import { cloudNative } from './named.ts'
import { withMetadata } from './outcome.ts'
import { LifecycleOutput } from './output.ts'

const ASKED: CloudNative = {
  ...{ builder: 'acme/builder:1', buildpacks: [], before: [], after: [], variables: {}, include: null, exclude: [] },
}
const METADATA = `buildpack-default-process-type = "serve"
[[buildpacks]]
id = "acme/node"
version = "1.2.3"
[[processes]]
type = "serve"
command = ["node", "server.js"]
[[processes]]
type = "worker"
command = "work"
[[processes]]
type = "no_such.name"
command = "x"
`

function planned(processTypes: BuildPlan['processTypes'] = {}): BuildPlan {
  const plan = cloudNative({ asked: ASKED, because: 'x' }).plan({} as never, 'x')
  return { ...plan, processTypes }
}

test('the launcher starts what the buildpacks name, and the default process is the web one where none has that name', async () => {
  const plan = await withMetadata(planned(), METADATA)
  expect(plan.processTypes).toEqual({
    serve: '/cnb/process/serve',
    worker: '/cnb/process/worker',
    web: '/cnb/process/serve',
  })
  expect(plan.notes?.at(-1)).toBe('Built by acme/node 1.2.3.')
  expect(plan.warnings).toEqual(['The process type "no_such.name" of the builder was left out.'])
})

test('a web process is what the image itself starts, and the Procfile wins', async () => {
  const text = METADATA.replaceAll('"serve"', '"web"')
  expect((await withMetadata(planned(), text)).processTypes).toEqual({ web: null, worker: '/cnb/process/worker' })
  const own = { web: 'npm start', release: 'true' }
  expect((await withMetadata(planned(own), text)).processTypes).toEqual({ ...own, worker: '/cnb/process/worker' })
})

test('an image that starts nothing, or does not say what, is refused', async () => {
  await expect(withMetadata(planned(), '')).rejects.toMatchObject({ code: 'builder.no-start' })
  await expect(withMetadata(planned({ web: 'x' }), undefined)).rejects.toMatchObject({ code: 'builder.no-metadata' })
  await expect(withMetadata(planned({ web: 'x' }), '= x')).rejects.toMatchObject({ code: 'builder.no-metadata' })
})

test.each([
  ['detector 20', 'builder.no-match', 'None of the buildpacks of the builder acme/builder:1 knows this app.'],
  ['detector 21', 'builder.no-match', 'at least one of them failed'],
  ['order acme/other', 'builder.lacks-buildpack', 'acme/other'],
  ['extend acme/curl', 'builder.extensions', 'acme/curl'],
  ['builder 12', 'builder.lifecycle', 'different versions'],
  ['builder 51', 'build.command-failed', '`/cnb/lifecycle/builder of acme/builder:1` ended with exit code 51'],
  ['builder SIGKILL', 'build.out-of-memory', 'was ended by SIGKILL'],
])('the end %j is told in words, and the line itself is not', (line, code, message) => {
  const events: BuildEvent[] = []
  const output = new LifecycleOutput(
    ASKED,
    new Output(
      (event) => events.push(event),
      (text) => text,
    ),
  )
  expect(output.failure([])).toBe(undefined)
  output.line('===> Detecting buildpacks')
  output.line('no luck')
  output.line(`paas-lifecycle-failed ${line}`)
  expect(output.failure(['no luck'])).toMatchObject({ code, message: expect.stringContaining(message) })
  expect(events).toMatchObject([
    { type: 'heading', text: 'Detecting buildpacks' },
    { type: 'line', text: 'no luck' },
  ])
  expect(events).toHaveLength(2)
})
