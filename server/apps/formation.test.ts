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

  test('a type that was never declared cannot be scaled, and the error names those there are', () => {
    const formation = new Formation(db)
    expect(() => formation.set(shop.id, 'web', 2)).toThrow(failing('process.not-found'))
    formation.ensure(shop.id, ['web', 'worker'])
    expect(() => formation.set(shop.id, 'wokrer', 2)).toThrow(
      expect.objectContaining({ help: { fix: expect.stringContaining('web, worker') } }),
    )
  })
})
