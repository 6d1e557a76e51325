import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RecordingOrigin } from '../testing/recording-origin.ts'
import { HOST, Rig, service, target, until } from '../testing/rig.ts'
import { sendRaw, visit } from '../testing/visitor.ts'
import { hasSteps, stripped } from './path-routes.ts'

describe('on a host with path routes', () => {
  let rig: Rig
  let web: RecordingOrigin
  let api: RecordingOrigin
  let v2: RecordingOrigin
  beforeEach(async () => {
    rig = await Rig.start()
    ;[web, api, v2] = await Promise.all([RecordingOrigin.start(), RecordingOrigin.start(), RecordingOrigin.start()])
    const part = (prefix: string, strip: boolean) => [{ host: HOST, prefix, strip }]
    await rig.put(
      service({ targets: [target(web.port)] }),
      service({ name: 'api', hosts: [], targets: [target(api.port)], paths: part('/api', true) }),
      service({ name: 'v2', hosts: ['v2.test'], targets: [target(v2.port)], paths: part('/api/v2', false) }),
    )
    await until(() => rig.router.status().services.every(({ targets }) => targets[0]?.state === 'healthy'))
  })
  afterEach(async () => {
    await Promise.all([rig, web, api, v2].map((part) => part[Symbol.asyncDispose]()))
  })

  const lines = ({ arrivals }: RecordingOrigin) => arrivals.map(({ line }) => line)

  test('the longest prefix at the end of a segment counts, and everything else is the owner of the host', async () => {
    for (const path of ['/api', '/api/', '/api/x?y=/', '/api?x', '/api/v2x']) await visit(rig.port, { path })
    for (const path of ['/api/v2', '/api/v2/x', '/api/v2?']) await visit(rig.port, { path })
    for (const path of ['/', '/apiary', '/API', '/x/api', '/?/api']) await visit(rig.port, { path })
    const seen = (path: string) => `GET ${path} HTTP/1.1`
    expect(lines(api)).toEqual(['/', '/', '/x?y=/', '/?x', '/v2x'].map(seen))
    expect(lines(v2)).toEqual(['/api/v2', '/api/v2/x', '/api/v2?'].map(seen))
    expect(lines(web)).toEqual(['/', '/apiary', '/API', '/x/api', '/?/api'].map(seen))
  })

  test('what a prefix may also look like once decoded is left, byte for byte, to the owner of the host', async () => {
    const paths = ['//api/x', '/%61pi', '/api%2Fx', '/api;v=1', '/x//api', '/api%3Fx']
    for (const path of paths) await visit(rig.port, { path })
    expect(lines(web)).toEqual(paths.map((path) => `GET ${path} HTTP/1.1`))
    expect(lines(api)).toEqual([])
  })

  test.each([
    '/x/../api',
    '/api/..',
    '/api/./v2',
    '/api/%2e%2E/secret',
    '/api/.%2e/secret',
    '/api/..%2fsecret',
    '/api%2f../secret',
    '/api/..;a=b/secret',
    '/api\\..\\secret',
    '/api/%5c..%5csecret',
  ])('%s is refused: nobody could say whose it is', async (path) => {
    const answer = await sendRaw(rig.port, `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect([...lines(api), ...lines(web), ...lines(v2)]).toEqual([])
  })

  test('a host without path routes takes such paths as they are', async () => {
    await visit(rig.port, { host: 'v2.test', path: '/api/../x' })
    expect(lines(v2)).toEqual(['GET /api/../x HTTP/1.1'])
  })

  test('dots within names and in the query are no steps', async () => {
    for (const path of ['/a..b/.well-known/x', '/x?back=/../y', '/...', '/.a']) await visit(rig.port, { path })
    expect(web.arrivals).toHaveLength(4)
  })

  test('X-Forwarded-Prefix is said by the router alone, and only where a prefix was taken off', async () => {
    const headers = { 'X-Forwarded-Prefix': '/evil' }
    for (const path of ['/api/x', '/api/v2', '/']) await visit(rig.port, { path, headers })
    const prefixes = [api, v2, web].map(({ arrivals }) =>
      arrivals[0]?.headers.filter(([name]) => name === 'x-forwarded-prefix').map(([, value]) => value),
    )
    expect(prefixes).toEqual([['/api'], [], []])
  })

  test('a pipelined upload to a stripped path is one request, and what follows it another', async () => {
    const bytes =
      `POST /api/a HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n` +
      `GET http://${HOST}/api HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`
    expect((await sendRaw(rig.port, bytes)).match(/HTTP\/1.1 200/g)).toHaveLength(2)
    expect(lines(api)).toEqual(['POST /a HTTP/1.1', 'GET / HTTP/1.1'])
    expect(api.arrivals[0]?.bodyBytes).toBe(5)
  })

  test('the request record has the path as the visitor sent it', async () => {
    await visit(rig.port, { path: '/api/x' })
    await until(() => rig.records.length === 1)
    expect(rig.records[0]).toMatchObject({ service: 'api', path: '/api/x' })
  })
})

test('parts of a host below a wildcard leave the rest of it to the wildcard', async () => {
  await using rig = await Rig.start()
  await rig.put(
    service({ hosts: ['*.app.test'] }),
    service({ name: 'docs', hosts: [], paths: [{ host: 'a.app.test', prefix: '/docs', strip: false }] }),
    service({ name: 'blog', hosts: [], paths: [{ host: '*.app.test', prefix: '/blog', strip: false }] }),
  )
  const owner = (host: string, path: string) => {
    const route = rig.router.route(host)
    return route?.split ? (route.find(path)?.owner ?? route.owner)?.name : route?.name
  }
  expect(owner('a.app.test', '/docs')).toBe('docs')
  expect(owner('a.app.test', '/')).toBe('app')
  expect(owner('b.app.test', '/docs')).toBe('app')
  expect(owner('b.app.test', '/blog/x')).toBe('blog')
  expect(rig.router.find('a.app.test')?.name).toBe('app')
})

test('a stripped path always begins with a slash', () => {
  expect(['/a', '/a/', '/a?x', '/a//b'].map((path) => stripped(path, '/a'))).toEqual(['/', '/', '/?x', '//b'])
})

test('a query is not searched for steps', () => {
  expect(hasSteps('/a?/../b')).toBe(false)
  expect(hasSteps('/a/..?b')).toBe(true)
})
