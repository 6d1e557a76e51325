import { expect, test } from 'vitest'
import { redactor } from './redaction.ts'

test('values become their names, the longest first', () => {
  const redact = redactor({ TOKEN: 'abcdefgh', LONGER: 'abcdefgh-ijkl' })
  expect(redact('x=abcdefgh-ijkl y=abcdefgh abcdefgh')).toBe('x=[LONGER] y=[TOKEN] [TOKEN]')
})

test('short and common values stay readable', () => {
  const redact = redactor({ DEBUG: 'true', PORT: '3000', NODE_ENV: 'production' })
  expect(redact('true 3000 production build')).toBe('true 3000 production build')
})

test('every line of a key is hidden, however it is printed', () => {
  const redact = redactor({ KEY: '-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----' })
  expect(redact('MIIEvQIBADANBg')).toBe('[KEY]')
})

test('the password within a URL is hidden as well, plain and encoded', () => {
  const redact = redactor({ DATABASE_URL: 'postgres://user:p%40ssw0rd-1@db.internal/app' })
  expect(redact('connecting to postgres://user:p%40ssw0rd-1@db.internal/app')).toBe('connecting to [DATABASE_URL]')
  expect(redact('password p@ssw0rd-1 and p%40ssw0rd-1')).toBe('password [DATABASE_URL] and [DATABASE_URL]')
})
