import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineEvent, Instance } from '../engine.ts'
import { body } from '../engine-contract/bench.ts'
import { DockerBench } from './docker-bench.ts'
import { gateway, parseSubnet } from './subnet.ts'

const SERVER = 'require("http").createServer((_, r) => r.end("alpha")).listen(process.env.PORT)'
/** Prints `connected`, `timeout` or the error code. */
const KNOCK = `const [host, port] = process.argv.slice(1)
  const socket = require('net').connect({ host, port }).setTimeout(1500)
  const say = (text) => { console.log(text); process.exit() }
  socket.on('connect', () => say('connected')).on('timeout', () => say('timeout')).on('error', (e) => say(e.code))`

/** Below the range of ports that the kernel hands out. */
const PRIVATE_PORT = 17_600
const runCommand = promisify(execFile)

let bench: DockerBench
let web: Instance
beforeAll(async () => {
  bench = await DockerBench.open({ privatePorts: [PRIVATE_PORT] })
  const [instance] = await bench.engine.apply(bench.workload(['node', '-e', SERVER]))
  if (!instance) throw new Error('no instance was started')
  web = instance
})
afterAll(() => bench[Symbol.asyncDispose]())

const knock = async (app: string, host: string, port: number) =>
  (await bench.output(['node', '-e', KNOCK, '--', host, String(port)], { app })).text

describe.runIf(process.getuid?.() === 0)('an app', () => {
  it('reaches its own instances', async () => {
    // It may still be starting.
    await expect.poll(() => knock('alpha', web.endpoint?.host ?? '', 5000)).toBe('connected')
  })

  it('does not reach instances of another app', async () => {
    expect(await knock('beta', web.endpoint?.host ?? '', 5000)).toBe('timeout')
  })

  it('is refused by the cloud metadata services at once', async () => {
    expect(await knock('alpha', '169.254.169.254', 80)).toBe('ECONNREFUSED')
    expect(await knock('alpha', '100.100.100.200', 80)).toBe('ECONNREFUSED')
    expect(await knock('alpha', '168.63.129.16', 80)).toBe('ECONNREFUSED')
  })

  it('does not reach services of the box', async () => {
    const server = createServer((socket) => socket.end('secret')).listen(0, '0.0.0.0')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const bridge = gateway(parseSubnet(`${web.endpoint?.host}/28`))
    expect(await knock('alpha', bridge, port)).toBe('ECONNREFUSED')
    expect(await knock('alpha', '172.17.0.1', port)).toBe('ECONNREFUSED')
    server.close()
  })
})

describe.runIf(process.getuid?.() === 0)('a step of a build', () => {
  // Whatever runs on the engine's own bridge, as the steps of BuildKit do.
  const knockFromBridge = (host: string, port: number) =>
    runCommand('docker', ['run', '--rm', bench.image, 'node', '-e', KNOCK, '--', host, String(port)])

  it('is refused by the cloud metadata services at once, but for names', async () => {
    for (const host of ['169.254.169.254', '100.100.100.200', '168.63.129.16'])
      expect((await knockFromBridge(host, 80)).stdout.trim()).toBe('ECONNREFUSED')
    expect((await knockFromBridge('168.63.129.16', 53)).stdout.trim()).not.toBe('ECONNREFUSED')
  })

  it('does not reach the private ports of the platform, and the admin keeps the others', async () => {
    const servers = [PRIVATE_PORT, 0].map((port) => createServer((socket) => socket.end()).listen(port, '0.0.0.0'))
    await Promise.all(servers.map((server) => once(server, 'listening')))
    const ports = servers.map((server) => (server.address() as AddressInfo).port)
    const answers = await Promise.all(ports.map((port) => knockFromBridge('172.17.0.1', port)))
    for (const server of servers) server.close()
    expect(answers.map(({ stdout }) => stdout.trim())).toEqual(['ECONNREFUSED', 'connected'])
  })
})

describe.runIf(process.getuid?.() === 0)('a closed bridge of builds', () => {
  it('is open while a container of somebody else runs there', async () => {
    await using closed = await DockerBench.open({ closedBuilds: { allow: [], unlessShared: true } })
    const server = createServer((socket) => socket.end()).listen(0, '0.0.0.0')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const knock = ['run', '--rm', closed.image, 'node', '-e', KNOCK, '--', '172.17.0.1', String(port)]
    expect((await runCommand('docker', knock)).stdout.trim()).toBe('ECONNREFUSED')
    const guest = (await runCommand('docker', ['run', '-d', '--rm', closed.image, 'node', '-e', SERVER])).stdout.trim()
    try {
      await closed.reopen()
      expect((await runCommand('docker', knock)).stdout.trim()).toBe('connected')
    } finally {
      await runCommand('docker', ['rm', '-f', guest])
      server.close()
    }
  })
})

describe('a process in a container', () => {
  it('has few capabilities and can gain none', async () => {
    const { text } = await bench.output(['sh', '-c', 'grep -E "CapEff|CapBnd|NoNewPrivs|Seccomp:" /proc/self/status'])
    const status = Object.fromEntries(text.split('\n').map((line) => line.split(/:\s+/)))
    // CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, NET_BIND_SERVICE by their numbers in capability.h.
    const allowed = [0, 1, 3, 5, 6, 7, 10].reduce((mask, bit) => mask + 2 ** bit, 0)
    expect(Number.parseInt(status['CapBnd'] ?? '', 16)).toBe(allowed)
    expect(Number.parseInt(status['CapEff'] ?? '', 16)).toBe(allowed)
    expect([status['NoNewPrivs'], status['Seccomp']]).toEqual(['1', '2'])
  })

  it('cannot start more processes than it may', async () => {
    const forks = 'i=0; while [ $i -lt 80 ]; do sleep 5 & i=$((i+1)); echo $i; done; wait'
    const { text, exit } = await bench.output(['sh', '-c', `exec 2>&1; ${forks}`], {
      limits: { memoryMb: 128, cpus: 1, pids: 32 },
    })
    expect(exit.code).not.toBe(0)
    expect(text).toMatch(/can't fork/)
    const started = text.split('\n').filter((line) => /^\d+$/.test(line)).length
    expect(started).toBeGreaterThan(20)
    expect(started).toBeLessThan(32)
  })

  /** RELIABILITY F-51. The engine waits 100 ms before it starts one again, then twice as long each time. */
  it('that forks without end is started again with growing pauses, and keeps no other from its work', async () => {
    const bomb = 'while :; do sh -c "while :; do sleep 60 & done" & done'
    const limits = { memoryMb: 128, cpus: 0.5, pids: 50 }
    const stop = new AbortController()
    const events = bench.engine.watch(stop.signal)
    await bench.engine.apply(bench.workload(['sh', '-c', bomb], { app: 'bomb', limits }))
    const starts: number[] = []
    for await (const event of events) {
      if (event.type === 'exited') expect(event.exit).toMatchObject({ code: 2, outOfMemory: false })
      if (event.type !== 'started') continue
      expect(await body(web.endpoint)).toBe('alpha')
      if (starts.push(event.instance.startedAt?.getTime() ?? 0) === 5) stop.abort()
    }
    expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(100 + 200 + 400 + 800)
    expect((await bench.engine.list('bomb'))[0]?.restarts).toBeGreaterThanOrEqual(4)
    await bench.engine.removeApp('bomb')
  })

  it('has a temporary directory that ends with it', async () => {
    const { text } = await bench.output(['sh', '-c', 'cp /bin/busybox /tmp/echo && /tmp/echo works; df /tmp | tail -1'])
    expect(text).toMatch(/^works\ntmpfs +262144 /)
  })

  it('is told to have run out of memory when it was killed for that', async () => {
    const eater = 'const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))'
    const limits = { memoryMb: 64, cpus: 1, pids: 64 }
    const { exit } = await bench.output(['node', '-e', eater], { limits })
    expect(exit).toMatchObject({ code: 137, signal: 'SIGKILL', outOfMemory: true })
  })

  it('of an instance is watched to run out of memory, and is started again', async () => {
    const eater = 'const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))'
    const stop = new AbortController()
    const events = bench.engine.watch(stop.signal)
    const limits = { memoryMb: 64, cpus: 1, pids: 64 }
    await bench.engine.apply(bench.workload(['node', '-e', eater], { app: 'hungry', limits }))
    const seen: EngineEvent[] = []
    for await (const event of events) if (seen.push(event) === 3) stop.abort()
    expect(seen.map(({ type }) => type)).toEqual(['started', 'exited', 'started'])
    expect(seen[1]).toMatchObject({ exit: { code: 137, outOfMemory: true } })
    await bench.engine.removeApp('hungry')
  })

  it('is not called out of memory when only a child was', async () => {
    const eater = 'const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))'
    const limits = { memoryMb: 64, cpus: 1, pids: 64 }
    const { exit } = await bench.output(['sh', '-c', `node -e '${eater}'; exit 0`], { limits })
    expect(exit).toMatchObject({ code: 0, outOfMemory: false })
  })
})
