import { createHash } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AcmeSettings } from './contract/certificate.ts'
import { EventStream } from './event-stream.ts'
import { createLog } from './log.ts'
import { NO_SLOT } from './roster.ts'
import { Router } from './router.ts'
import { StateDirectory } from './state.ts'
import { readTable } from './table.ts'
import { Origin } from './testing/origin.ts'
import { HOST, Rig, service, target, until } from './testing/rig.ts'

const ACME: AcmeSettings = {
  issuers: [
    {
      ...{ name: 'Issuer', directoryUrl: 'https://ca.example.test/', profile: null, challenge: 'http-01' },
      ...{ eab: { keyId: 'kid', hmacKey: 'hmac-of-the-account' }, trustedCa: null },
    },
  ],
  ...{ email: null, wildcards: [], addresses: [], resolvers: [] },
  dns: [{ zone: 'example.test', provider: 'cloudflare', settings: { token: 'token-of-the-zone' } }],
}
const never = new AbortController().signal
let rig: Rig
beforeEach(async () => {
  rig = await Rig.start({ limits: { bootMs: 2_000, quarantineMs: 30, recheckMs: 30, waiting: 5 } })
})
afterEach(async () => {
  await rig[Symbol.asyncDispose]()
})

describe('the saved table', () => {
  const restart = (bootId = 'this-boot') => {
    const state = new StateDirectory(
      rig.directory,
      createLog('error', () => {}),
    )
    return new Router({
      state,
      events: new EventStream(),
      bootId,
      limits: { bootMs: 50, quarantineMs: 50, recheckMs: 50, waiting: 5 },
    })
  }

  const saved = async () => {
    const state = new StateDirectory(
      rig.directory,
      createLog('error', () => {}),
    )
    return (await state.load())?.table
  }

  test('serves at once after a restart within the same boot', async () => {
    await using app = await Origin.start()
    await rig.serve([target(app.port)])
    using router = restart()
    expect(await router.restore()).toEqual({ version: 1, confirmed: true })
    expect(router.status().services[0]?.targets[0]?.state).toBe('healthy')
  })

  test('of another boot routes to nobody until a table confirms it', async () => {
    await using app = await Origin.start()
    await rig.serve([target(app.port)])
    using router = restart('another-boot')
    expect(await router.restore()).toEqual({ version: 1, confirmed: false })
    const work = { kind: 'request' as const, slot: NO_SLOT, cut: () => {} }
    const take = () => router.find(HOST)?.take(work, new Set(), never)
    const seen = app.requests.length
    expect(await take()).toBe('H99')
    expect(app.requests.length).toBe(seen)
    await router.put(
      readTable({ version: 1, engineBootId: 'engine', services: [service({ targets: [target(app.port)] })] }),
    )
    await until(() => router.status().services[0]?.targets[0]?.state === 'healthy')
    expect(await take()).toMatchObject({ id: `i-${app.port}` })
  })

  test('is refused when it is damaged, and the one before is taken', async () => {
    for (const hosts of [['a.test'], ['b.test']]) await rig.put(service({ hosts }))
    const [, newest = ''] = (await readdir(rig.directory)).sort()
    const text = await readFile(join(rig.directory, newest), 'utf8')
    await writeFile(join(rig.directory, newest), text.replace('b.test', 'c.test'))
    using router = restart()
    expect(await router.restore()).toMatchObject({ version: 1 })
    expect(router.find('a.test')).toBeDefined()
    expect(router.find('c.test')).toBeUndefined()
  })

  test('holds what certificates are ordered with only under seal, and one in clear from before is still read', async () => {
    const table = { ...rig.table(service()), acme: ACME }
    await rig.router.put(table)
    const [name = ''] = await readdir(rig.directory).then((names) => names.filter((name) => name.endsWith('.json')))
    const text = await readFile(join(rig.directory, name), 'utf8')
    for (const secret of ['hmac-of-the-account', 'token-of-the-zone']) expect(text).not.toContain(secret)
    expect((await stat(join(rig.directory, 'secret.key'))).mode & 0o777).toBe(0o600)
    expect(await saved()).toEqual(table)
    const body = JSON.stringify({ machineBootId: 'this-boot', table })
    const sha256 = createHash('sha256').update(body).digest('hex')
    await writeFile(join(rig.directory, name), `{"schema":1,"sha256":"${sha256}","body":${body}}\n`)
    expect(await saved()).toEqual(table)
  })

  test('serves without its key file too, and without the settings that were sealed', async () => {
    const table = { ...rig.table(service()), acme: ACME }
    await rig.router.put(table)
    for (const key of ['ab'.repeat(32), 'damaged']) {
      await writeFile(join(rig.directory, 'secret.key'), key)
      expect(await saved()).toEqual({ ...table, acme: undefined })
    }
    using router = restart()
    expect(await router.restore()).toMatchObject({ version: 1 })
    expect(router.find(HOST)).toBeDefined()
    await router.put({ ...table, version: 2 })
    expect(await saved()).toEqual({ ...table, version: 2 })
  })

  test('is kept five times, and a half-written one does not count', async () => {
    for (let count = 0; count < 8; count++) await rig.put(service({ hosts: [`h${count}.test`] }))
    await writeFile(join(rig.directory, 'table-0000000000000099.json'), '{"schema":1,"sha')
    await writeFile(join(rig.directory, 'table-0000000000000098.json.tmp'), 'x')
    using router = restart()
    expect(await router.restore()).toMatchObject({ version: 8 })
    const names = (await readdir(rig.directory)).filter((name) => name.endsWith('.json'))
    expect(names.length).toBe(6)
  })
})

describe('a table is refused', () => {
  test('when it is older, or differs under the same version; the same again is fine', async () => {
    const table = rig.table(service())
    const next = rig.table(service({ hosts: ['b.test'] }))
    await rig.router.put(next)
    await rig.router.put(next)
    await expect(rig.router.put(table)).rejects.toThrow('Version 1 is older than 2')
    await expect(rig.router.put({ ...next, services: [service()] })).rejects.toThrow('another content')
    expect(rig.router.find('b.test')).toBeDefined()
  })

  test('when it is empty and the one before was not, unless that is said', async () => {
    const { version } = rig.table()
    await rig.put(service())
    const empty = { version: version + 5, engineBootId: 'engine', services: [] }
    await expect(rig.router.put(empty)).rejects.toThrow('has no services, and 1 are in force')
    expect(rig.router.find(HOST)).toBeDefined()
    await rig.router.put({ ...empty, emptied: true })
    expect(rig.router.find(HOST)).toBeUndefined()
  })

  test('when it cannot be saved, and the one in force stays', async () => {
    const state = { load: async () => null, save: async () => Promise.reject(new Error('disk full')) }
    using router = new Router({ state, events: new EventStream(), bootId: 'b' })
    await expect(router.put({ version: 1, engineBootId: '', services: [service()] })).rejects.toThrow('disk full')
    expect(router.find(HOST)).toBeUndefined()
  })
})
