import { expect, test } from 'vitest'
import { readTable } from './table.ts'
import { service, target } from './testing/rig.ts'

const table = (...services: unknown[]) => ({ version: 1, engineBootId: 'e', services })

test('a table is read whole', () => {
  const spec = service({ fallback: true, hosts: ['a.test', '*.b.test'], targets: [target(5000)] })
  expect(readTable(JSON.parse(JSON.stringify(table(spec)))).services[0]).toEqual(spec)
})

test.each([
  ['a host in upper case', table(service({ hosts: ['A.test'] })), 'services[0].hosts[0]'],
  ['a wildcard in the middle', table(service({ hosts: ['a.*.test'] })), 'services[0].hosts[0]'],
  ['a host with a line break', table(service({ hosts: ['a.test\r\nx: y'] })), 'services[0].hosts[0]'],
  ['a port out of range', table(service({ targets: [target(70_000)] })), 'services[0].targets[0].port'],
  [
    'a path that splits the request',
    table(service({ healthCheck: { path: '/ HTTP/1.1', host: null, timeoutMs: 1, successes: 1 } })),
    'healthCheck.path',
  ],
  ['a missing timeout', table({ ...service(), timeouts: {} }), 'timeouts.connectMs'],
  ['no services', { version: 1, engineBootId: 'e' }, 'table.services'],
  ['no table', null, 'an object'],
  ['one host for two services', table(service(), service({ name: 'b' })), '"app.test" appears twice: in app and in b'],
  ['two services of one name', table(service(), service({ hosts: [] })), '"app" appears twice'],
  [
    'one instance in two services',
    table(service({ targets: [target(1)] }), service({ name: 'b', hosts: [], targets: [target(1)] })),
    'appears twice',
  ],
  [
    'two fallbacks',
    table(service({ fallback: true }), service({ name: 'b', hosts: [], fallback: true })),
    'appears twice',
  ],
])('%s is refused with its place', (_name, value, place) => {
  expect(() => readTable(value)).toThrow(place)
})
