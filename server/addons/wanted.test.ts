import { beforeEach, expect, test } from 'vitest'
import type { AppRecord } from '../apps/apps.ts'
import type { AddonWish } from '../deploys/addon-wishes.ts'
import type { AddonRecord } from './addon-records.ts'
import type { Addons } from './addons.ts'
import { WantedAddons } from './wanted.ts'

const shop = { id: 'a1', name: 'shop' } as AppRecord
const wish = (plan: string, change: Partial<AddonWish> = {}): AddonWish => ({ plan, as: null, options: {}, ...change })

/** Addons that are there, or fail, one look later. */
class FakeAddons {
  readonly asked: unknown[] = []
  readonly there: AddonRecord[] = []
  reason: string | null = null

  async create(_actor: unknown, _app: unknown, request: Parameters<Addons['create']>[2]): Promise<AddonRecord> {
    this.asked.push(request)
    const name = `pg-${this.there.length + 1}`
    const addon = { id: name, name, service: request.service, plan: 'mini', state: 'creating' } as AddonRecord
    this.there.push(addon)
    return addon
  }
  list(): AddonRecord[] {
    return [...this.there]
  }
  async *watch(id: string): AsyncGenerator<AddonRecord> {
    const addon = this.there.find((each) => each.id === id) as AddonRecord
    yield { ...addon, step: 'making the database' }
    addon.state = this.reason === null ? 'available' : 'failed'
    addon.reason = this.reason
    yield { ...addon }
  }
}

let addons: FakeAddons
let said: string[]
beforeEach(() => {
  addons = new FakeAddons()
  said = []
})

async function want(wishes: AddonWish[], first = true): Promise<void> {
  const activity = { record: () => {} }
  const around = { first, signal: new AbortController().signal, say: (line: string) => void said.push(line) }
  await new WantedAddons({ addons: addons as unknown as Addons, activity }).want(shop, wishes, around)
}

test("Heroku's names are ours, with the plan and version where they are offered", async () => {
  await want([
    wish('heroku-postgresql:small', { as: 'REPORTS', options: { version: '15' } }),
    wish('postgres:essential-0'),
  ])
  expect(addons.asked).toEqual([
    { service: 'postgresql', plan: 'small', version: '15', as: 'REPORTS', attach: true },
    { service: 'postgresql', plan: undefined, version: undefined, attach: true },
  ])
  expect(said).toContain('-----> Creating pg-1 (postgresql mini) from app.json')
  expect(said).toContain('       making the database')
})

test('what the app has is not made again, and one that is being made is waited for', async () => {
  await want([wish('heroku-postgresql')])
  for (const addon of addons.there) addon.state = 'creating'
  await want([wish('heroku-postgresql')])
  expect(addons.asked).toHaveLength(1)
  expect(addons.there[0]?.state).toBe('available')
  await want([wish('heroku-postgresql'), wish('postgresql')])
  expect(addons.asked).toHaveLength(2)
})

test('an app that was live gets a word and nothing else', async () => {
  await want([wish('heroku-postgresql')], false)
  expect(addons.asked).toEqual([])
  expect(said).toEqual([
    ' !     app.json names postgresql, which shop does not have: paas addons:create postgresql -a shop',
  ])
})

test('what is not offered here is said, and stops nothing', async () => {
  await want([wish('papertrail:choklad')])
  expect(said).toEqual([' !     app.json: there is no addon like papertrail here; set what it would bring.'])
})

test('one that cannot be made declines the push, again until it was destroyed', async () => {
  addons.reason = 'the disk is full'
  const declined = { command: 'paas addons:destroy pg-1 -a shop', message: expect.stringContaining('the disk is full') }
  await expect(want([wish('postgres')])).rejects.toMatchObject(declined)
  await expect(want([wish('postgres')])).rejects.toMatchObject(declined)
  expect(addons.asked).toHaveLength(1)
})
