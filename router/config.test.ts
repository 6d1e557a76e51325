import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

test('an empty environment gives the defaults', () => {
  expect(readConfig({})).toEqual({
    http: { host: '0.0.0.0', port: 80 },
    socket: '/var/lib/paas/router/control.sock',
    state: '/var/lib/paas/router',
    logLevel: 'info',
  })
})

test('all mistakes are reported together', () => {
  const environment = { PAAS_ROUTER_HTTP_PORT: '99999', PAAS_ROUTER_LOG_LEVEL: 'loud' }
  expect(() => readConfig(environment)).toThrow(/PAAS_ROUTER_HTTP_PORT is "99999".*PAAS_ROUTER_LOG_LEVEL is "loud"/)
})
