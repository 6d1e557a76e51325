import { expect, test } from 'vitest'
import { NO_SLOT, Roster } from './roster.ts'

function members(count: number): { slot: number; name: number }[] {
  return Array.from({ length: count }, (_, name) => ({ slot: NO_SLOT, name }))
}

test('holds whoever was added and has not left, in whatever order they leave', () => {
  const roster = new Roster<{ slot: number; name: number }>()
  const all = members(5)
  for (const member of all) roster.add(member)
  for (const at of [0, 4, 2]) expect(roster.delete(all[at] as (typeof all)[0])).toBe(true)
  expect([...roster].map(({ name }) => name).sort()).toEqual([1, 3])
  expect(roster.size).toBe(2)
  expect(roster.delete(all[0] as (typeof all)[0])).toBe(false)
})

test('a member of another roster is not its own', () => {
  const one = new Roster<{ slot: number; name: number }>()
  const other = new Roster<{ slot: number; name: number }>()
  const [first, second] = members(2) as [{ slot: number; name: number }, { slot: number; name: number }]
  one.add(first)
  other.add(second)
  expect(one.delete(second)).toBe(false)
  expect([one.size, other.size]).toEqual([1, 1])
})

test('may lose members while it is gone through', () => {
  const roster = new Roster<{ slot: number; name: number }>()
  for (const member of members(4)) roster.add(member)
  const seen: number[] = []
  for (const member of roster) {
    seen.push(member.name)
    roster.delete(member)
  }
  expect(seen).toEqual([0, 1, 2, 3])
  expect(roster.size).toBe(0)
})
