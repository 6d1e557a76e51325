import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { ownCertificate } from './own-certificate.ts'

test('it is for the name, signed by its own key, and good for ten years', () => {
  const { key, cert } = ownCertificate('redis-calm-12345', new Date('2026-11-28T20:00:00Z'))
  const read = new X509Certificate(cert)
  expect(read.subject).toBe('CN=redis-calm-12345')
  expect(read.issuer).toBe(read.subject)
  expect(read.checkHost('redis-calm-12345')).toBe('redis-calm-12345')
  expect(read.verify(read.publicKey)).toBe(true)
  expect(read.validFromDate).toEqual(new Date('2026-11-28T20:00:00Z'))
  expect(read.validToDate).toEqual(new Date('2036-11-28T20:00:00Z'))
  expect(key).toContain('PRIVATE KEY')
})

test('no two are the same', () => {
  const [one, other] = [ownCertificate('a'), ownCertificate('a')].map(({ cert }) => new X509Certificate(cert))
  expect(one?.serialNumber).not.toBe(other?.serialNumber)
  expect(one?.fingerprint256).not.toBe(other?.fingerprint256)
})
