import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Workload } from '../engine.ts'
import { nextBackoff } from './backoff.ts'
import { environmentOfReplacement, processEnvironment } from './environment.ts'
import { decodeAddress, parseListening } from './listening.ts'
import { Ports } from './ports.ts'
import { specificationOf } from './specification.ts'

describe('the pause before a restart', () => {
  test('doubles from one second to five minutes', () => {
    const delays = []
    let failures = 0
    for (let n = 0; n < 11; n++) {
      const next = nextBackoff(failures, 100)
      failures = next.failures
      delays.push(next.delayMs / 1_000)
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
  })

  test('begins anew after a minute of work', () => {
    expect(nextBackoff(7, 60_000)).toEqual({ failures: 1, delayMs: 1_000 })
  })
})

describe('the environment of a process', () => {
  const parts = {
    image: { environment: { NODE_ENV: 'production', COLOUR: 'image' }, path: ['/runtime/bin'] },
    workload: { COLOUR: 'config', PORT: '1', PAAS_INSTANCE: 'forged', TMPDIR: '/elsewhere' },
    instance: 'web.2',
    port: 20_001,
    home: '/s/a/home',
    temporary: '/s/a/tmp',
  }

  test('takes config before image, and what tells instances apart before all', () => {
    expect(processEnvironment(parts)).toEqual({
      HOME: '/s/a/home',
      LANG: 'C.UTF-8',
      NODE_ENV: 'production',
      COLOUR: 'config',
      PATH: '/runtime/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      PORT: '20001',
      PAAS_INSTANCE: 'web.2',
      DYNO: 'web.2',
      TMPDIR: '/s/a/tmp',
    })
  })

  test('of a replacement has its own port and places', () => {
    const own = { port: 20_009, temporary: '/s/b/tmp' }
    const fresh = environmentOfReplacement(processEnvironment(parts), { old: '/s/a/home', fresh: '/s/b/home' }, own)
    expect(fresh).toMatchObject({ PORT: '20009', TMPDIR: '/s/b/tmp', HOME: '/s/b/home', COLOUR: 'config' })
  })
})

test('a specification is the same for another quantity or order of variables, and no other change', () => {
  const workload: Workload = {
    app: 'a',
    release: 1,
    processType: 'web',
    quantity: 1,
    image: '/i',
    command: ['x'],
    environment: { A: '1', B: '2' },
    listens: true,
    limits: { memoryMb: 1, cpus: 1, pids: 1 },
    stopGraceMs: 1,
  }
  const specification = specificationOf(workload)
  expect(specificationOf({ ...workload, quantity: 9, environment: { B: '2', A: '1' } })).toBe(specification)
  expect(specificationOf({ ...workload, environment: { A: '1', B: '3' } })).not.toBe(specification)
  expect(specificationOf({ ...workload, command: ['y'] })).not.toBe(specification)
})

describe('sockets', () => {
  test('only those in state LISTEN count, with their address in words', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0
   1: 0100007F:1F90 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0
`
    expect(parseListening(table)).toEqual([{ inode: '111', socket: { address: '127.0.0.1', port: 8080 } }])
  })

  test('version 6 addresses are shortened, mapped ones are version 4', () => {
    expect(decodeAddress('00000000000000000000000000000000')).toBe('::')
    expect(decodeAddress('00000000000000000000000001000000')).toBe('::1')
    expect(decodeAddress('0000000000000000FFFF00000100007F')).toBe('127.0.0.1')
  })
})

describe('ports', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'paas-ports-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  test('a port that was given back rests, over a restart of the server too', async () => {
    const file = join(directory, 'ports.json')
    const ports = new Ports(file)
    const port = await ports.take()
    ports.release(port)
    const later = new Ports(file)
    const taken = new Set(await Promise.all(Array.from({ length: 200 }, () => later.take())))
    expect(taken.size).toBe(200)
    expect(taken).not.toContain(port)
  })

  test('a port on which somebody else listens is refused', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    await expect(new Ports(join(directory, 'ports.json')).takeFixed(port)).rejects.toMatchObject({
      code: 'engine.port-taken',
    })
    server.close()
  })
})
