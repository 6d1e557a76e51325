import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ServiceRules } from '../contract/table.ts'
import { RawOrigin } from '../testing/origin.ts'
import { RecordingOrigin } from '../testing/recording-origin.ts'
import { HOST, Rig, target } from '../testing/rig.ts'
import { sendRaw, visit } from '../testing/visitor.ts'

let rig: Rig
beforeEach(async () => {
  rig = await Rig.start()
})
afterEach(async () => {
  await rig[Symbol.asyncDispose]()
})

const raw = (headers = '') =>
  sendRaw(rig.port, `GET / HTTP/1.1\r\nHost: ${HOST}\r\n${headers}Connection: close\r\n\r\n`)

describe('response headers', () => {
  const serve = async (app: RawOrigin, responseHeaders: ServiceRules['responseHeaders'] = []) =>
    rig.serve([target(app.port)], { rules: { responseHeaders } })
  const answering = (lines: string) =>
    RawOrigin.start((socket) => socket.end(`HTTP/1.1 200 OK\r\n${lines}Content-Length: 2\r\n\r\nok`))

  test('stand in place of the app’s own of the same names, in any case and number', async () => {
    await using app = await answering('Link: </a>\r\nX-a: 1\r\nLINK: </b>\r\nX-Other: 2\r\nServer: old/1.0\r\n')
    await serve(app, [
      { name: 'Link', value: '</c>; rel=preload' },
      { name: 'x-A', value: 'mine' },
      { name: 'x-A', value: 'too' },
      { name: 'Server', value: '' },
    ])
    const answer = await raw()
    expect(answer.match(/^(link|x-a|x-other|server): .*$/gim)?.map((line) => line.trim())).toEqual([
      'X-Other: 2',
      'Link: </c>; rel=preload',
      'x-A: mine',
      'x-A: too',
    ])
    expect(answer).toMatch(/\r\n\r\nok$/)
  })

  test('are said by the app alone, not with pages of the router’s own', async () => {
    await using app = await answering('')
    await serve(app, [{ name: 'X-A', value: 'mine' }])
    expect(await raw()).toMatch(/X-A: mine/)
    await rig.serve([target(app.port)], {
      rules: { responseHeaders: [{ name: 'X-A', value: 'mine' }] },
      maintenance: true,
    })
    expect(await raw()).not.toMatch(/X-A/)
  })

  test('do not linger on the connection for the next service', async () => {
    await using app = await answering('X-A: theirs\r\n')
    await serve(app, [{ name: 'X-A', value: 'mine' }])
    expect(await raw()).toMatch(/X-A: mine/)
    await rig.serve([target(app.port)])
    expect(await raw()).toMatch(/X-A: theirs/)
  })
})

describe('header names with an underscore', () => {
  const headers = {
    API_KEY: 'k',
    X_Forwarded_For: '1.2.3.4',
    x_forwarded_prefix: '/x',
    Content_Length: '99',
    Transfer_Encoding: 'chunked',
    X_Real_IP: '1.2.3.4',
    HOST_: 'other',
  }

  test('are dropped, unless the app asks for them; those that mean something are dropped in any case', async () => {
    await using app = await RecordingOrigin.start()
    await rig.serve([target(app.port)])
    await visit(rig.port, { headers })
    await rig.serve([target(app.port)], { rules: { underscores: true } })
    await visit(rig.port, { headers })
    const names = app.arrivals.map((one) => one.headers.map(([name]) => name).filter((name) => name.includes('_')))
    expect(names).toEqual([[], ['api_key', 'host_']])
  })
})
