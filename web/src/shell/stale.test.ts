import { expect, test } from 'vitest'
import type { ChangeEvent } from '../../../server/contract/event.ts'
import { concerns } from './stale.ts'

const event = (app: string | null, ...what: ChangeEvent['what']): ChangeEvent => ({ cursor: 'x.1', app, what })

test.each([
  [event('shop', 'domains'), 'domains.list', 'shop', true],
  [event('shop', 'domains'), 'domains.list', 'blog', false],
  [event('shop', 'domains'), 'builds.list', 'shop', false],
  [event('shop', 'instances'), 'apps.list', undefined, true],
  [event(null, 'certificates'), 'certs.list', 'shop', true],
  [event('shop', 'config', 'app'), 'backups.list', 'shop', true],
  [event('shop', 'app'), 'backups.list', 'blog', false],
  [event('shop', 'app'), 'box.info', undefined, false],
])('%j concerns %s of %s: %s', (change, id, of, expected) => {
  expect(concerns(change, id, of)).toBe(expected)
})
