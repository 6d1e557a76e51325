import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLog } from '../log.ts'
import type { DeployRecord } from './deploy-records.ts'
import { DeployScripts } from './deploy-scripts.ts'
import { RunsKit } from './runs-kit.ts'

let box: RunsKit
let scripts: DeployScripts
let said: string[]
beforeEach(() => {
  box = new RunsKit()
  scripts = new DeployScripts({ runs: box.runs, releases: box.releases, log: createLog('test', 'error', () => {}) })
  said = []
})
afterEach(() => box[Symbol.dispose]())

const wishes = { scripts: { predeploy: null, afterFirst: 'seed', afterEach: 'notify' } }
const deploy = (kind: DeployRecord['kind']) => ({ kind }) as DeployRecord
const around = { signal: new AbortController().signal, say: (line: string) => void said.push(line) }
const commands = () => box.engine.asked.map(({ name, command }) => [name, command?.at(-1)])

/** Runs them, ending each as it comes. */
async function run(kind: DeployRecord['kind'], release = box.release(wishes), code = 0, text = '') {
  const work = scripts.run(box.shop, deploy(kind), release, around)
  let over = false
  void work.then(() => {
    over = true
  })
  while (!over) {
    for (const [name, handle] of box.engine.running) {
      handle.stdout.write(text)
      await box.end(name, code)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return release
}

test('one follows each deploy, the other the first alone', async () => {
  await run('push')
  await run('push')
  await run('config')
  expect(commands()).toEqual([
    ['dokku-postdeploy.1', 'notify'],
    ['postdeploy.1', 'seed'],
    ['dokku-postdeploy.2', 'notify'],
    ['dokku-postdeploy.3', 'notify'],
  ])
})

test('rollbacks have none', async () => {
  await run('rollback')
  expect(commands()).toEqual([])
})

test('neither is started twice, whatever happened to the server', async () => {
  const release = await run('push')
  await scripts.runDetached(box.shop, deploy('push'), release)
  expect(commands()).toHaveLength(2)
})

test('what they print is said without the values of config vars and addons, and a failure changes nothing', async () => {
  const attached = { DATABASE_URL: 'postgres://shop:hidden-too@db/shop' }
  await run('push', { ...box.release(wishes), attached }, 3, 'using hidden-value postgres://shop:hidden-too@db/shop\n')
  expect(said).toEqual([
    '-----> Running dokku.postdeploy of app.json',
    '       using [KEY] [DATABASE_URL]',
    ' !     dokku.postdeploy exited with status 3. The release serves all the same.',
    '-----> Running postdeploy of app.json',
    '       using [KEY] [DATABASE_URL]',
    ' !     postdeploy exited with status 3. The release serves all the same.',
  ])
  expect(box.told).toEqual(['dokku-postdeploy.1 exited with status 3', 'postdeploy.1 exited with status 3'])
})

test('one that cannot be started is told to whoever pushed', async () => {
  box.engine.failure = new Error('no room in the engine')
  await scripts.run(box.shop, deploy('push'), box.release(wishes), around)
  expect(said[0]).toContain('dokku.postdeploy of app.json could not be run')
})
