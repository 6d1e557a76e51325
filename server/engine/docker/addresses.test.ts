import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AddressBook, REST_MS } from './addresses.ts'
import { parseSubnet } from './subnet.ts'

const subnet = parseSubnet('100.96.0.0/29')
let directory: string
let now = 1_000_000

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'paas-addresses-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const open = () => new AddressBook(directory, () => now)

describe('the address book', () => {
  it('gives no address twice, and none when all are taken', () => {
    const book = open()
    const taken = Array.from({ length: 5 }, () => book.take(subnet))
    expect(new Set(taken).size).toBe(5)
    expect(book.take(subnet)).toBeUndefined()
    expect(book.room(subnet)).toBe(0)
  })

  it('lets an address rest for ten minutes, also over a restart', () => {
    const book = open()
    remove(book, '100.96.0.2', 'one')
    expect(open().take(subnet)).toBe('100.96.0.3')
    now += REST_MS - 1
    expect(open().take(subnet)).toBe('100.96.0.3')
    now += 1
    expect(open().take(subnet)).toBe('100.96.0.2')
  })

  it('takes the address that has rested longest when nothing else is left', () => {
    const book = open()
    const all = [4, 2, 6, 3, 5].map((last) => `100.96.0.${last}`)
    for (const address of all) {
      remove(book, address, address)
      now += 1
    }
    expect([book.take(subnet), book.take(subnet)]).toEqual(['100.96.0.4', '100.96.0.2'])
  })

  it('never hands out an address that rests but whose container is not gone yet', () => {
    const book = open()
    for (const last of [2, 3, 4, 5, 6]) book.confirm(`100.96.0.${last}`, `c${last}`)
    book.rest('100.96.0.2')
    expect(book.take(subnet)).toBeUndefined()
    book.vacate('100.96.0.2', 'c2')
    expect(book.take(subnet)).toBe('100.96.0.2')
  })

  it('ignores late news about a container whose address has a new owner', () => {
    const book = open()
    book.confirm('100.96.0.2', 'old')
    book.vacate('100.96.0.2', 'old')
    book.confirm('100.96.0.2', 'new')
    expect(book.vacate('100.96.0.2', 'old')).toBe(false)
    expect(book.take(subnet)).toBe('100.96.0.3')
  })

  it('believes what the engine lists, and keeps what came after the question', () => {
    const book = open()
    book.confirm('100.96.0.2', 'gone')
    const before = book.taken()
    book.confirm('100.96.0.3', 'younger')
    book.reset(new Map([['100.96.0.4', 'found']]), before)
    expect([...book.taken().keys()].sort()).toEqual(['100.96.0.3', '100.96.0.4'])
  })

  it('gives back what was taken for a container that was not made', () => {
    const book = open()
    book.abandon(book.take(subnet) ?? '')
    expect(book.take(subnet)).toBe('100.96.0.2')
  })

  it('remembers subnets of removed apps', () => {
    open().rest('100.96.0.16/28')
    expect(open().restingSubnets()).toEqual(['100.96.0.16/28'])
    now += REST_MS
    expect(open().restingSubnets()).toEqual([])
  })

  it('starts with a broken file, and mends it', () => {
    const file = join(directory, 'resting-addresses.json')
    writeFileSync(file, '[["100.96')
    open().rest('100.96.0.2')
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([['100.96.0.2', now]])
  })
})

function remove(book: AddressBook, address: string, container: string): void {
  book.confirm(address, container)
  book.rest(address)
  book.vacate(address, container)
}
