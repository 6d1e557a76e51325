import { availableParallelism } from 'node:os'
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
    workers: availableParallelism() <= 2 ? 1 : availableParallelism(),
    inherited: { as: 'first' },
    notify: false,
    environment: {},
    io: 'auto',
  })
})

test('sockets of systemd go by their names, those of the process before us by its word; children get neither', () => {
  const systemd = { LISTEN_PID: String(process.pid), LISTEN_FDS: '2', LISTEN_FDNAMES: 'https:http', PATH: '/bin' }
  const { inherited, environment } = readConfig(systemd)
  expect(inherited).toEqual({ as: 'first', https: 3, http: 4 })
  expect(environment).toEqual({ PATH: '/bin' })
  expect(readConfig({ ...systemd, LISTEN_FDS: '1', LISTEN_FDNAMES: 'router.socket' }).inherited).toMatchObject({
    http: 3,
  })
  expect(readConfig({ ...systemd, LISTEN_PID: '1' }).inherited).toEqual({ as: 'first' })
  expect(() => readConfig({ ...systemd, LISTEN_FDNAMES: 'https:web' })).toThrow(
    /names socket 2 "web", expected FileDesc/,
  )
  const handedOver = { PAAS_ROUTER_INHERITED: '{"as":"successor","control":3,"http":4}' }
  expect(readConfig(handedOver).inherited).toEqual({ as: 'successor', control: 3, http: 4 })
  expect(readConfig(handedOver).environment).toEqual({})
})

test('TLS is on with a port, and redirects name it unless told otherwise', () => {
  const { https } = readConfig({ PAAS_ROUTER_HTTPS_PORT: '8443', PAAS_ROUTER_HTTP_HOST: '127.0.0.1' })
  expect(https).toEqual({ host: '127.0.0.1', port: 8443, publicPort: 8443 })
  const forwarded = { PAAS_ROUTER_HTTPS_PORT: '8443', PAAS_ROUTER_PUBLIC_HTTPS_PORT: '443' }
  expect(readConfig(forwarded).https).toMatchObject({ port: 8443, publicPort: 443 })
})

test('all mistakes are reported together', () => {
  const environment = { PAAS_ROUTER_HTTP_PORT: '99999', PAAS_ROUTER_LOG_LEVEL: 'loud', PAAS_ROUTER_IO: 'fast' }
  expect(() => readConfig(environment)).toThrow(
    /PAAS_ROUTER_HTTP_PORT is "99999".*PAAS_ROUTER_LOG_LEVEL is "loud".*PAAS_ROUTER_IO is "fast"/,
  )
})

test('metrics are on with a port, and private unless told otherwise', () => {
  const read = (more: Record<string, string>) => readConfig({ PAAS_ROUTER_METRICS_PORT: '9100', ...more }).metrics
  expect(read({})).toEqual({ host: '127.0.0.1', port: 9_100 })
  expect(read({ PAAS_ROUTER_METRICS_HOST: '10.0.0.1' })).toEqual({ host: '10.0.0.1', port: 9_100 })
  expect(() => read({ PAAS_ROUTER_METRICS_PORT: 'all' })).toThrow('PAAS_ROUTER_METRICS_PORT is "all"')
})
