import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LocalBox } from '../../scripts/local-box.ts'
import { Person } from './person.ts'

const APP_JSON = {
  env: {
    SESSION_SECRET: { generator: 'secret' },
    GREETING: 'hello from app.json',
    STRIPE_KEY: { description: 'from the dashboard' },
  },
  formation: { web: { quantity: 2 }, worker: { quantity: 1, size: 'standard-2x' } },
  healthchecks: { web: [{ type: 'startup', path: '/', attempts: 3, timeout: 2, wait: 1 }] },
}

let box: LocalBox
let ada: Person
let cwd: string
beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  ada = await Person.owner(box)
  cwd = await ada.repository('shop')
  await writeFile(join(cwd, 'worker.cjs'), 'setInterval(() => {}, 1000)\n')
  await writeFile(join(cwd, 'Procfile'), 'web: node server.js\nworker: node worker.cjs\n')
})
afterAll(async () => {
  await box?.[Symbol.asyncDispose]()
})

async function push(appJson: object, message = 'app.json') {
  await writeFile(join(cwd, 'app.json'), JSON.stringify(appJson))
  await ada.commit(cwd, message)
  return await ada.git(cwd, 'push', 'paas', 'main')
}
const config = async (name: string) => (await ada.done(`config:get ${name}`, { cwd })).trim()

describe('a push with app.json', () => {
  test('is declined before the build when something only a person knows is missing', async () => {
    await ada.done('apps:create shop', { cwd })
    const { code, stderr } = await push(APP_JSON)
    expect(code).toBe(1)
    expect(stderr).toContain('app.json asks for a config var that is not set: STRIPE_KEY.')
    expect(stderr).toContain('Try: paas config:set STRIPE_KEY=<value>')
    expect((await ada.json('config.list', 'config', { cwd })).vars).toEqual({})
  })

  test('sets what is missing, makes secrets, and starts the formation', async () => {
    await ada.done('config:set STRIPE_KEY=sk_test GREETING=mine', { cwd })
    const { code, stderr } = await push(APP_JSON, 'again')
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('SESSION_SECRET (generated)') })
    expect(await config('SESSION_SECRET')).toMatch(/^[0-9a-f]{64}$/)
    expect(await config('GREETING')).toBe('mine')
    expect(await ada.done('scale', { cwd })).toBe('web=2 worker=1\n')
    const { items } = await ada.json('formation.list', 'ps:scale', { cwd })
    expect(items.map(({ type, memoryMb }) => [type, memoryMb])).toEqual([
      ['web', 512],
      ['worker', 1_024],
    ])
    expect(await ada.done('activity', { cwd })).toContain('SESSION_SECRET (app.json)')
  })

  test('changes neither what is set nor what was scaled by hand', async () => {
    const secret = await config('SESSION_SECRET')
    await ada.done('scale web=1 worker=0', { cwd })
    const env = { ...APP_JSON.env, GREETING: 'changed', LATER: 'new' }
    expect((await push({ ...APP_JSON, env }, 'later')).code).toBe(0)
    expect(await config('SESSION_SECRET')).toBe(secret)
    expect(await config('GREETING')).toBe('mine')
    expect(await config('LATER')).toBe('new')
    expect(await ada.done('scale', { cwd })).toBe('web=1 worker=0\n')
  })

  test('does not go live while its health check fails', async () => {
    const web = [{ path: '/nowhere', attempts: 1, timeout: 1, wait: 1 }]
    await writeFile(join(cwd, 'broken.cjs'), BROKEN)
    await writeFile(join(cwd, 'Procfile'), 'web: node broken.cjs\n')
    const { code, stderr } = await push({ healthchecks: { web } }, 'unwell')
    expect(code).toBe(1)
    expect(stderr).toContain('web.1 did not pass its health check at /nowhere within 2 s (answered 404)')
  })

  test('is declined with all mistakes of the file', async () => {
    const { stderr } = await push({ formation: { web: { quantity: 'two' } }, env: { 'A-B': '' } }, 'wrong')
    expect(stderr).toContain('env.A-B cannot name a config var')
    expect(stderr).toContain('formation.web.quantity must be a whole number from 0 to 100')
  })
})

const BROKEN =
  "require('http').createServer((q, r) => { r.statusCode = 404; r.end() }).listen(process.env.PORT, '0.0.0.0')\n"
