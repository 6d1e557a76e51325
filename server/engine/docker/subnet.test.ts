import { describe, expect, it } from 'vitest'
import { addresses, capacity, contains, formatSubnet, gateway, overlaps, parseSubnet, subnetsOf } from './subnet.ts'

describe('a subnet', () => {
  it('keeps network, gateway and broadcast address for itself', () => {
    const subnet = parseSubnet('100.96.0.16/28')
    expect([...addresses(subnet)]).toEqual(Array.from({ length: 13 }, (_, n) => `100.96.0.${18 + n}`))
    expect(gateway(subnet)).toBe('100.96.0.17')
    expect(capacity(subnet)).toBe(13)
  })

  it('is written with its first address, whatever was read', () => {
    expect(formatSubnet(parseSubnet('192.168.77.200/26'))).toBe('192.168.77.192/26')
  })

  it('overlaps with what holds it and with what it holds', () => {
    const subnet = parseSubnet('172.17.0.0/16')
    expect(overlaps(subnet, parseSubnet('172.17.3.0/24'))).toBe(true)
    expect(overlaps(parseSubnet('172.17.3.0/24'), subnet)).toBe(true)
    expect(overlaps(subnet, parseSubnet('172.18.0.0/16'))).toBe(false)
    expect(contains(subnet, '172.17.255.255')).toBe(true)
    expect(contains(subnet, '172.18.0.0')).toBe(false)
  })

  it('goes round the whole pool once, from any start', () => {
    const found = [...subnetsOf(parseSubnet('200.0.0.0/26'), 28, 2)].map(formatSubnet)
    expect(found).toEqual(['200.0.0.32/28', '200.0.0.48/28', '200.0.0.0/28', '200.0.0.16/28'])
  })
})
