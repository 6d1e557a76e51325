import { expect, test } from 'vitest'
import { testIo } from '../testing/io.ts'
import { chooseIo } from './choose-io.ts'
import type { Io } from './io.ts'
import { PUBLIC_IO } from './public-io.ts'
import { selfTest } from './self-test.ts'

test('long writes to a slow reader, an end, a reset and a refusal are all noticed', async () => {
  expect(await selfTest(testIo)).toBeNull()
})

test('on a node that the suite runs on, the handles are taken, unless the public sockets are asked for', async () => {
  expect((await chooseIo('auto')).io.name).toBe('handles')
  expect(await chooseIo('public')).toEqual({ io: PUBLIC_IO })
})

test('a way to read that changes bytes does not pass', async () => {
  const damaging: Io = {
    ...PUBLIC_IO,
    dial(host, port, connected) {
      const connection = PUBLIC_IO.dial(host, port, connected)
      return new Proxy(connection, {
        set(_, name, owner) {
          if (name !== 'owner') return false
          const onData = (bytes: Buffer, start: number, end: number) => {
            bytes[start] = 0
            owner.onData(bytes, start, end)
          }
          connection.owner = new Proxy(owner, { get: (all, part) => (part === 'onData' ? onData : all[part]) })
          return true
        },
        get: (all, part) => (Reflect.get(all, part) as () => void).bind(all),
      })
    },
  }
  expect(await selfTest(damaging)).toBe('bytes were changed')
})

test('a failed dial is told with the reason, also for a name that has to be looked up', async () => {
  for (const host of ['127.0.0.1', '::1', 'localhost']) {
    const { promise, resolve } = Promise.withResolvers<string>()
    const connection = testIo.dial(host, 1, () => resolve('connected'))
    connection.owner = {
      onData: () => {},
      onEnd: () => {},
      onDrain: () => {},
      onClose: (error) => resolve((error as NodeJS.ErrnoException | null)?.code ?? 'no reason'),
    }
    expect(await promise).toMatch(/ECONNREFUSED|EADDRNOTAVAIL|ENETUNREACH/)
  }
})
