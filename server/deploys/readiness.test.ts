import { expect, test } from 'vitest'
import { explainExit, explainNotReady } from './readiness.ts'

const stuck = { name: 'web.1', port: 5000, lastError: 'connection refused', seconds: 60, path: null }

test('an app on 127.0.0.1 is told to bind to all addresses', () => {
  const { reason, fix } = explainNotReady({ ...stuck, listening: [{ address: '127.0.0.1', port: 5000 }] })
  expect(reason).toBe('web.1 listens on 127.0.0.1:5000 only, where the router cannot reach it')
  expect(fix).toContain('0.0.0.0')
})

test('an app on another port is told the port it has and the port it should have', () => {
  const { reason, fix } = explainNotReady({ ...stuck, listening: [{ address: '0.0.0.0', port: 3000 }] })
  expect(reason).toBe('web.1 listens on port 3000, but PORT is 5000')
  expect(fix).toContain('process.env.PORT')
})

test('an app that listens nowhere is told what web means', () => {
  const { reason, fix } = explainNotReady({ ...stuck, listening: [] })
  expect(reason).toBe('web.1 did not listen on any port within 60 s; PORT is 5000')
  expect(fix).toContain('other than web')
})

test('an app that listens where it should but does not answer is told the last error', () => {
  const { reason } = explainNotReady({
    ...stuck,
    lastError: 'no answer within 5 s',
    listening: [{ address: '::', port: 5000 }],
  })
  expect(reason).toContain('(no answer within 5 s)')
})

test('an app whose health check fails is told its path and where it is written', () => {
  const { reason, fix } = explainNotReady({
    ...stuck,
    path: '/up',
    lastError: 'answered 500',
    listening: [{ address: '::', port: 5000 }],
  })
  expect(reason).toBe('web.1 did not pass its health check at /up within 60 s (answered 500)')
  expect(fix).toContain('app.json')
})

test('out of memory is named with the limit, but not when only a child was killed', () => {
  const exit = { code: 137, signal: null, outOfMemory: true }
  expect(explainExit('web.1', exit, 512).reason).toBe('web.1 was killed: out of memory (limit 512 MB)')
  expect(explainExit('web.1', { ...exit, code: 0 }, 512).reason).toBe(
    'web.1 exited with status 0 while it was starting',
  )
})
