import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AppsKit } from './apps-kit.ts'
import { Formation } from './formation.ts'

let kit: AppsKit
let db: AppsKit['db']
let shop: AppsKit['shop']
beforeEach(() => {
  kit = new AppsKit()
  ;({ db, shop } = kit)
})
afterEach(() => kit[Symbol.dispose]())

const failing = (code: string) => expect.objectContaining({ code })

describe('formation', () => {
  test('new process types begin with one web and none of the others; release is never scaled', () => {
    const formation = new Formation(db)
    formation.ensure(shop.id, ['worker', 'release', 'web', 'clock'])
    const all = formation.list(shop.id)
    expect(all.map((row) => [row.processType, row.quantity])).toEqual([
      ['web', 1],
      ['clock', 0],
      ['worker', 0],
    ])
    expect(all[0]).toMatchObject({ memoryMb: 512, cpus: 1 })
    formation.set(shop.id, 'worker', 3)
    formation.set(shop.id, 'web', 0)
    formation.ensure(shop.id, ['web'])
    expect(formation.get(shop.id, 'web')?.quantity).toBe(0)
    expect(formation.get(shop.id, 'worker')?.quantity).toBe(3)
    expect(formation.get(shop.id, 'release')).toBeUndefined()
  })

  test('wishes hold until something was live, then for new process types alone', () => {
    const formation = new Formation(db)
    const quantities = () => formation.list(shop.id).map((row) => [row.processType, row.quantity, row.memoryMb])
    const wish = (quantity: number | null, memoryMb: number | null = null) => ({ quantity, memoryMb })
    formation.ensure(shop.id, ['web', 'worker'], { wishes: { web: wish(3), worker: wish(1, 1_024) }, first: true })
    expect(quantities()).toEqual([
      ['web', 3, 512],
      ['worker', 1, 1_024],
    ])
    formation.ensure(shop.id, ['web', 'worker'], { wishes: { web: wish(2), worker: wish(null) }, first: true })
    formation.ensure(shop.id, ['web', 'clock'], { wishes: { web: wish(9), clock: wish(1), gone: wish(1) } })
    expect(quantities()).toEqual([
      ['web', 2, 512],
      ['clock', 1, 512],
      ['worker', 1, 1_024],
    ])
  })

  test('a type that was never declared cannot be scaled, and the error names those there are', () => {
    const formation = new Formation(db)
    expect(() => formation.set(shop.id, 'web', 2)).toThrow(failing('process.not-found'))
    formation.ensure(shop.id, ['web', 'worker'])
    expect(() => formation.set(shop.id, 'wokrer', 2)).toThrow(
      expect.objectContaining({ help: { fix: expect.stringContaining('web, worker') } }),
    )
  })
})
