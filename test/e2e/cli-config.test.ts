import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { get } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { Person } from './person.ts'

/** Answers with its own environment. */
const SERVER = `
require('node:http').createServer((_, response) => response.end(JSON.stringify(process.env))).listen(process.env.PORT)
`
const AWKWARD = `a=b -c "d" $F \\ \`g\`\nsecond line\ttab é`
/** No .env file can hold all three quotes. */
const ALL_QUOTES = `a"b'c\`d`

let box: LocalBox
let ada: Person
let cwd: string

beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  ada = await Person.owner(box)
  cwd = await ada.repository('shop')
  await writeFile(join(cwd, 'server.cjs'), SERVER)
  await writeFile(join(cwd, 'Procfile'), 'web: node server.cjs\n')
  await ada.commit(cwd, 'show the environment')
})
afterAll(async () => {
  await box?.[Symbol.asyncDispose]()
})

async function environment(): Promise<Record<string, string>> {
  const { body } = await get({ port: box.ports.http, host: 'shop.localhost' })
  return JSON.parse(body) as Record<string, string>
}

const newest = async () => (await ada.json('releases.list', 'releases -n 1', { cwd })).items[0]

test('config that is set before the first push makes no release and is there at the first start', async () => {
  await ada.done('apps:create shop', { cwd })
  const early = await ada.paas('config:set EARLY=1', { cwd })
  expect(early.stderr).toBe('Setting EARLY and restarting shop... done\n')
  expect(await newest()).toBeUndefined()
  expect((await ada.git(cwd, 'push', 'paas', 'main')).code).toBe(0)
  expect(await environment()).toMatchObject({ EARLY: '1', PAAS_APP: 'shop', PAAS_RELEASE: 'v1', DYNO: 'web.1' })
})

test('several names are one release, the same values again are none, and the app sees them', async () => {
  const set = await ada.paas(['config:set', 'ONE=1', 'TWO=has spaces', 'EMPTY='], { cwd })
  expect(set.stderr).toBe('Setting ONE, TWO, EMPTY and restarting shop... done, v2\n')
  expect(await environment()).toMatchObject({ ONE: '1', TWO: 'has spaces', EMPTY: '', PAAS_RELEASE: 'v2' })
  const again = await ada.json('config.update', ['config', 'set', 'ONE=1'], { cwd })
  expect(again).toMatchObject({ release: null, deploy: null })
  expect(await newest()).toMatchObject({ number: 2, current: true, description: 'Set EMPTY, ONE, TWO config vars' })
})

test('a value with all that shells and files stumble over arrives as it is, and comes back', async () => {
  await ada.done(['config:set', `AWKWARD=${AWKWARD}`], { cwd })
  expect((await environment())['AWKWARD']).toBe(AWKWARD)
  expect(await ada.done('config:get AWKWARD', { cwd })).toBe(`${AWKWARD}\n`)
  for (const format of ['env', 'json']) {
    const file = await ada.done(`config:export --format ${format}`, { cwd })
    await ada.done('config:unset AWKWARD TWO', { cwd })
    const imported = await ada.json('config.update', 'config:import -', { cwd, stdin: file })
    expect(imported.vars).toMatchObject({ AWKWARD, TWO: 'has spaces' })
  }
  expect((await environment())['AWKWARD']).toBe(AWKWARD)
  await ada.done(['config:set', `QUOTES=${ALL_QUOTES}`], { cwd })
  expect((await environment())['QUOTES']).toBe(ALL_QUOTES)
  expect((await ada.paas('config:export', { cwd })).stderr).toContain('Try: paas config:export --format json')
  await ada.done('config:unset QUOTES', { cwd })
})

test.each(['A-B=1', '=1', 'A B=1', '1A=1', '__A=1', 'A', 'ä=1', 'A;B=1'])(
  '%s is refused and changes nothing',
  async (pair) => {
    const before = await ada.json('config.list', 'config', { cwd })
    const { code, stderr } = await ada.paas(['config:set', '--', 'GOOD=1', pair], { cwd })
    expect(code).toBe(2)
    expect(stderr).toMatch(/Use letters, digits and _|has no =/)
    expect(await ada.json('config.list', 'config', { cwd })).toEqual(before)
  },
)

test.each(['PORT=1', 'PAAS_APP=x', 'DYNO=x'])('%s belongs to the platform', async (pair) => {
  const { code, stderr } = await ada.paas(['config:set', pair], { cwd })
  expect(code).toBe(2)
  expect(stderr).toContain(pair.split('=')[0])
})

test('64 KB of config are enough, more is refused', async () => {
  const tooMuch = `BIG=${'x'.repeat(64 * 1024)}`
  const { code, stderr } = await ada.paas('config:import -', { cwd, stdin: tooMuch })
  expect(code).toBe(1)
  expect(stderr).toContain('all together may take 65536')
})

test('what is not set is not found, and a file that is none is said so', async () => {
  expect((await ada.paas('config:get NOPE', { cwd })).code).toBe(5)
  expect((await ada.paas('config:unset NOPE', { cwd })).code).toBe(0)
  expect((await ada.paas('config:import /no/such/file', { cwd })).stderr).toContain('There is no file /no/such/file.')
  expect((await ada.paas('config:import -', { cwd, stdin: '# nothing\n' })).code).toBe(2)
})

test('unsetting takes a value away from the app', async () => {
  await ada.done('config unset ONE EMPTY', { cwd })
  expect(await environment()).not.toHaveProperty('ONE')
  expect(await ada.done('config', { cwd })).not.toMatch(/^(ONE|EMPTY):/m)
})

test('a terminal shows no values until it is asked to', async () => {
  const shown = async (words: string) => {
    let text = ''
    const child = ada.startOnTerminal(words, { cwd })
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    await new Promise((resolve) => child.once('close', resolve))
    return text
  }
  expect(await shown('config')).toMatch(/TWO: +\*{8}/)
  expect(await shown('config --show')).toMatch(/TWO: +has spaces/)
})

test('a rollback brings back the code and the config of its release, as a new one', async () => {
  const before = (await newest())?.number ?? 0
  await writeFile(join(cwd, 'server.cjs'), SERVER.replace('JSON.stringify(process.env)', '"new code"'))
  await ada.commit(cwd, 'new code')
  expect((await ada.git(cwd, 'push', 'paas', 'main')).code).toBe(0)
  await ada.done('config:set LATER=1', { cwd })
  expect((await get({ port: box.ports.http, host: 'shop.localhost' })).body).toBe('new code')

  const back = await ada.paas(`rollback v${before}`, { cwd })
  expect(back.stderr).toContain(`Rolling back shop to v${before}... done, v${before + 3}`)
  expect(back.stderr).toContain(`To undo: paas rollback v${before + 2}`)
  expect(await environment()).toMatchObject({ PAAS_RELEASE: `v${before + 3}`, TWO: 'has spaces' })
  expect(await environment()).not.toHaveProperty('LATER')
  expect((await ada.paas('config:get LATER', { cwd })).code).toBe(5)
  expect(await ada.done('releases:info', { cwd })).toMatch(new RegExp(`Change: +Rollback to v${before}\n`))
  expect(await ada.done('releases -n 2', { cwd })).toMatch(/\(current\)/)

  expect((await ada.paas('rollback v99', { cwd })).code).toBe(5)
  expect((await ada.paas('rollback latest', { cwd })).code).toBe(2)
  expect((await ada.paas('releases:rollback', { cwd })).code).toBe(0)
  expect((await get({ port: box.ports.http, host: 'shop.localhost' })).body).toBe('new code')
})

test('a release whose app does not come up says so, and the one before serves on', async () => {
  await writeFile(join(cwd, 'server.cjs'), `if (process.env.BROKEN) process.exit(9)\n${SERVER}`)
  await ada.commit(cwd, 'may break')
  expect((await ada.git(cwd, 'push', 'paas', 'main')).code).toBe(0)
  const { code, stderr } = await ada.paas('config:set BROKEN=1', { cwd })
  expect(code).toBe(1)
  expect(stderr).toContain('web.1 exited with status 9')
  expect(await environment()).not.toHaveProperty('BROKEN')
  expect(await newest()).toMatchObject({ status: 'failed', current: false })
})

test('no value is in the log of the server, nor in the log of the app', async () => {
  for (const log of [await box.serverLog(), await ada.done('logs -n 1500', { cwd })]) {
    expect(log).not.toContain('has spaces')
    expect(log).not.toContain('second line')
  }
  expect(await box.serverLog()).not.toContain('AWKWARD=')
})
