import { expect, test } from 'vitest'
import { ROUTING_FORMS } from '../../../server/contract/routing-forms.ts'
import { quoted } from './quoted.ts'
import { changedOf, changesOf, textOf, writtenWrong } from './setting-text.ts'

const settings = { sticky: false, rateLimit: { perSecond: 10, burst: 20 }, maxBody: null, allow: [], idleTimeout: 300 }
const form = (name: string) => ROUTING_FORMS[name] ?? expect.unreachable(`there is no ${name}`)

test('settings stand in their fields as they are typed, and nothing stands for none', () => {
  expect(textOf(form('rate-limit'), settings.rateLimit)).toBe('10/20')
  expect(textOf(form('max-body'), settings.maxBody)).toBe('')
  expect(textOf(form('allow'), settings.allow)).toBe('')
  expect(textOf(form('idle-timeout'), settings.idleTimeout)).toBe('5m')
})

test('what was edited and is different goes to the API, an empty field as its default', () => {
  const edits = { sticky: 'on', 'rate-limit': '', 'max-body': '10mb', allow: '', 'idle-timeout': '5m' }
  const changed = changedOf(ROUTING_FORMS, settings, edits)
  expect(changed).toEqual({ sticky: 'on', 'rate-limit': '', 'max-body': '10mb' })
  expect(changesOf(ROUTING_FORMS, changed)).toEqual({ sticky: true, rateLimit: null, maxBody: 10 * 1024 ** 2 })
})

test('what cannot be read says how it is written', () => {
  expect(writtenWrong(form('max-body'), 'much')).toMatch(/^Write a size such as/)
  expect(writtenWrong(form('max-body'), '')).toBeUndefined()
})

test.each([
  ['apps/web', 'apps/web'],
  ['Staff only', "'Staff only'"],
  ["it's", "'it'\\''s'"],
  ['$(rm)', "'$(rm)'"],
  ['', "''"],
])('%j on a command line is %s', (word, line) => {
  expect(quoted(word)).toBe(line)
})
