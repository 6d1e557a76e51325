import { expect, test } from 'vitest'
import type { Certificate } from '../../../server/contract/certificate.ts'
import { certificateOf } from './certificate-of.ts'

const certificate = (name: string, names: string[], more: Partial<Certificate> = {}): Certificate => ({
  name,
  names,
  source: 'auto',
  state: 'issued',
  reason: '',
  nextTryAt: null,
  issuer: null,
  notAfter: '2027-01-01T00:00:00.000Z',
  alarm: null,
  ...more,
})
const own = certificate('shop', ['www.shop.test', '*.eu.shop.test'], { source: 'custom' })
const ordered = certificate('www.shop.test', ['www.shop.test'])
const waiting = certificate('www.shop.test', ['www.shop.test'], { state: 'waiting', notAfter: null })
const wildcard = certificate('*.shop.test', ['*.shop.test'])

test.each([
  ['www.shop.test', [waiting, own], own],
  ['www.shop.test', [ordered, own], own],
  ['www.shop.test', [wildcard, ordered], ordered],
  ['www.shop.test', [waiting, wildcard], wildcard],
  ['www.shop.test', [waiting], waiting],
  ['a.eu.shop.test', [wildcard, own], own],
  ['a.b.shop.test', [wildcard, own], undefined],
  ['shop.test', [wildcard, own, ordered], undefined],
])('%s of certificates', (host, certificates, expected) => {
  expect(certificateOf(host, certificates)).toBe(expected)
})
