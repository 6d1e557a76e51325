import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

test('an empty environment gives the defaults', () => {
  expect(readConfig({})).toEqual({
    http: { host: '0.0.0.0', port: 80 },
    https: null,
    metrics: null,
    socket: '/var/lib/paas/router/control.sock',
    state: '/var/lib/paas/router',
    logLevel: 'info',
  })
})

test('TLS is on with a port, and redirects name it unless told otherwise', () => {
  const { https } = readConfig({ PAAS_ROUTER_HTTPS_PORT: '8443', PAAS_ROUTER_HTTP_HOST: '127.0.0.1' })
  expect(https).toEqual({ host: '127.0.0.1', port: 8443, publicPort: 8443 })
  const forwarded = { PAAS_ROUTER_HTTPS_PORT: '8443', PAAS_ROUTER_PUBLIC_HTTPS_PORT: '443' }
  expect(readConfig(forwarded).https).toMatchObject({ port: 8443, publicPort: 443 })
})

test('all mistakes are reported together', () => {
  const environment = { PAAS_ROUTER_HTTP_PORT: '99999', PAAS_ROUTER_LOG_LEVEL: 'loud' }
  expect(() => readConfig(environment)).toThrow(/PAAS_ROUTER_HTTP_PORT is "99999".*PAAS_ROUTER_LOG_LEVEL is "loud"/)
})

test('metrics are on with a port, and private unless told otherwise', () => {
  const read = (more: Record<string, string>) => readConfig({ PAAS_ROUTER_METRICS_PORT: '9100', ...more }).metrics
  expect(read({})).toEqual({ host: '127.0.0.1', port: 9_100 })
  expect(read({ PAAS_ROUTER_METRICS_HOST: '10.0.0.1' })).toEqual({ host: '10.0.0.1', port: 9_100 })
  expect(() => read({ PAAS_ROUTER_METRICS_PORT: 'all' })).toThrow('PAAS_ROUTER_METRICS_PORT is "all"')
})
