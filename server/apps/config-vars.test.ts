import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SecretBox } from '../db/secret-box.ts'
import { AppsKit } from './apps-kit.ts'
import { ConfigVarStore } from './config-vars.ts'

let kit: AppsKit
let db: AppsKit['db']
let apps: AppsKit['apps']
let ann: AppsKit['ann']
let shop: AppsKit['shop']
beforeEach(() => {
  kit = new AppsKit()
  ;({ db, apps, ann, shop } = kit)
})
afterEach(() => kit[Symbol.dispose]())

const failing = (code: string) => expect.objectContaining({ code })

describe('config vars', () => {
  let store: ConfigVarStore
  beforeEach(() => {
    const keyFile = join(kit.directory, 'secret.key')
    SecretBox.create(keyFile)
    store = new ConfigVarStore(db, SecretBox.open(keyFile))
  })

  test('are set, changed and unset together, and say what is different', () => {
    expect(store.update(shop.id, { B: '2', A: '1' })).toEqual({ changed: ['A', 'B'] })
    expect(store.update(shop.id, { A: '1', B: null, C: '', NONE: null })).toEqual({ changed: ['B', 'C'] })
    expect(store.all(shop.id)).toEqual({ A: '1', C: '' })
    expect(store.update(shop.id, { A: '1', constructor: null })).toEqual({ changed: [] })
  })

  test('values are unreadable in the database and do not open in another place', () => {
    store.update(shop.id, { SECRET: 'hunter2-canary' })
    const row = db.get<{ sealed_value: Uint8Array }>('SELECT sealed_value FROM config_vars')
    expect(Buffer.from(row?.sealed_value ?? []).toString()).not.toContain('hunter2-canary')
    const blog = apps.create(ann, 'blog')
    db.run('UPDATE config_vars SET app_id = ?', blog.id)
    expect(() => store.all(blog.id)).toThrow(failing('secret.unreadable'))
  })

  test.each(['A=B', '', '1A', '__A', 'A-B', 'A B', 'Ä', 'A\n'])('%j cannot be a name', (name) => {
    expect(() => store.update(shop.id, { GOOD: 'x', [name]: 'x' })).toThrow(failing('config.invalid-name'))
    expect(store.all(shop.id)).toEqual({})
  })

  test.each(['PORT', 'DYNO', 'PAAS_APP', 'PAAS_'])('%s is set by the platform', (name) => {
    expect(() => store.update(shop.id, { [name]: 'x' })).toThrow(failing('config.reserved'))
  })

  test('names that only look like reserved ones are fine, and so is any text', () => {
    const vars = { PORT_RANGE: '1', port: '2', constructor: '3', TEXT: 'line 1\nline 2 = "ü" \u{1f600}' }
    store.update(shop.id, vars)
    expect(store.all(shop.id)).toEqual(vars)
    expect(() => store.update(shop.id, { A: 'x\0y' })).toThrow(failing('config.invalid-value'))
  })

  test('all together take 64 KB at most; going smaller is always allowed', () => {
    store.update(shop.id, { A: 'x'.repeat(40_000), B: 'y'.repeat(25_000) })
    expect(() => store.update(shop.id, { C: 'ü'.repeat(300) })).toThrow(failing('config.too-large'))
    expect(store.update(shop.id, { A: null }).changed).toEqual(['A'])
    expect(store.update(shop.id, { C: 'z'.repeat(40_000) }).changed).toEqual(['C'])
  })

  test('add gives what is missing and leaves what is there', () => {
    store.update(shop.id, { A: 'mine', EMPTY: '' })
    expect(store.add(shop.id, { A: 'theirs', EMPTY: 'x', B: '2' })).toEqual({ changed: ['B'] })
    expect(store.all(shop.id)).toEqual({ A: 'mine', B: '2', EMPTY: '' })
    expect(() => store.add(shop.id, { PAAS_APP: 'x' })).toThrow(failing('config.reserved'))
  })

  test('replace makes them exactly these, for one app only', () => {
    const blog = apps.create(ann, 'blog')
    store.update(shop.id, { A: '1', B: '2' })
    store.update(blog.id, { A: 'other' })
    store.replace(shop.id, { B: '3' })
    expect(store.all(shop.id)).toEqual({ B: '3' })
    expect(store.all(blog.id)).toEqual({ A: 'other' })
    apps.delete(shop.id)
    expect(store.all(shop.id)).toEqual({})
  })
})
