import { expect, test } from 'vitest'
import type { LogLine } from '../engine.ts'
import { type Bench, eventually, textOf, WORKER } from './bench.ts'

export function runsContract(bench: Bench): void {
  test('a one-off ends with the code of its command, its streams kept apart', async () => {
    const run = await bench.engine.run(
      bench.oneOff(
        `console.log('out ' + process.env.PAAS_INSTANCE + ' ' + process.env.COLOUR)
        console.error('err'); process.exitCode = 42`,
        { environment: { COLOUR: 'red' } },
      ),
    )
    run.stdin?.end()
    const [stdout, stderr, exit] = await Promise.all([textOf(run.stdout), textOf(run.stderr), run.exited])
    expect([stdout, stderr, exit.code]).toEqual(['out run.1234 red\n', 'err\n', 42])
    expect(exit.outOfMemory).toBe(false)
  })

  test('its standard input reaches it byte by byte, to the end', async () => {
    const run = await bench.engine.run(bench.oneOff('process.stdin.pipe(process.stdout)'))
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, n) => n % 256))
    run.stdin?.end(bytes)
    const chunks: Buffer[] = []
    for await (const chunk of run.stdout ?? []) chunks.push(chunk)
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
    expect((await run.exited).code).toBe(0)
  })

  test('a command that does not exist ends with 127', async () => {
    const request = bench.oneOff('', { command: ['sh', '-c', 'no-such-program-anywhere'] })
    const run = await bench.engine.run(request)
    const [stderr, exit] = await Promise.all([textOf(run.stderr), run.exited, textOf(run.stdout)])
    expect(stderr).toContain('not found')
    expect(exit.code).toBe(127)
  })

  test('arguments reach the command as they are, in a terminal too', async () => {
    const words = [`it's`, '"double" $HOME `id`', 'two\nlines', '', '*', '-n']
    const command = ['node', '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...words]
    for (const tty of [null, { columns: 200, rows: 24 }]) {
      const run = await bench.engine.run(bench.oneOff('', { command, tty }))
      const [stdout] = await Promise.all([textOf(run.stdout), textOf(run.stderr), run.exited])
      expect(JSON.parse(stdout)).toEqual(words)
    }
  })

  test('with a terminal the program has one, of the asked size, and sees it change', async () => {
    const script = `const size = () => console.log([process.stdout.isTTY, ...process.stdout.getWindowSize()].join(' '))
      size()
      process.stdout.on('resize', () => { size(); if (process.stdout.rows === 40) process.exit(5) })
      setInterval(() => {}, 1000)`
    const run = await bench.engine.run(bench.oneOff(script, { tty: { columns: 91, rows: 33 } }))
    let seen = ''
    run.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk
    })
    await eventually(() => seen.includes('true 91 33'))
    await run.resize(120, 40)
    expect((await run.exited).code).toBe(5)
    await eventually(() => seen.includes('true 120 40'))
    expect(run.stderr).toBeNull()
  })

  test('in a terminal, what is typed is echoed and Ctrl-C interrupts', async () => {
    const command = ['sh', '-c', 'trap "echo interrupted; exit 9" INT; read word; echo "got $word"; read word']
    const run = await bench.engine.run(bench.oneOff('', { command, tty: { columns: 80, rows: 24 } }))
    let seen = ''
    run.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk
    })
    run.stdin?.write('hello\r')
    await eventually(() => seen.includes('got hello'))
    run.stdin?.write('\u0003')
    expect((await run.exited).code).toBe(9)
    expect(seen).toContain('hello')
  })

  test('a signal reaches it', async () => {
    const script = `process.on('SIGINT', () => process.exit(7)); console.log('ready'); setInterval(() => {}, 1000)`
    const run = await bench.engine.run(bench.oneOff(script))
    await new Promise((resolve) => run.stdout?.once('data', resolve))
    await run.signal('SIGINT')
    expect((await run.exited).code).toBe(7)
  })

  test('a detached one-off runs without streams, writes to its log and is no instance', async () => {
    const app = bench.newApp()
    const run = await bench.engine.run(
      bench.oneOff(`console.log('working'); setTimeout(() => {}, 1500)`, { app, attach: false }),
    )
    expect([run.stdin, run.stdout, run.stderr]).toEqual([null, null, null])
    const lines: LogLine[] = []
    for await (const line of bench.engine.logs(run.id, { follow: true })) lines.push(line)
    expect(lines.map(({ text }) => text)).toEqual(['working'])
    expect((await run.exited).code).toBe(0)
    expect(await bench.engine.list(app)).toEqual([])
    expect(await bench.engine.findRun(app, 'run.1234')).toBeNull()
  })

  test('a restarted server finds a one-off that still runs, and gets its code', async () => {
    const request = bench.oneOff(`process.on('SIGTERM', () => process.exit(6)); ${WORKER}`, { attach: false })
    await bench.engine.run({ ...request, command: ['node', '-e', `setTimeout(() => process.exit(6), 1500)`] })
    const engine = await bench.restartServer()
    const found = await engine.findRun(request.app, request.name)
    expect((await found?.exited)?.code).toBe(6)
    expect(await engine.findRun(request.app, request.name)).toBeNull()
  })

  test('a restarted server learns the code of a one-off that ended while it was away', async () => {
    const request = bench.oneOff('process.exit(4)', { attach: false })
    await bench.engine.run({ ...request, command: ['node', '-e', `setTimeout(() => process.exit(4), 300)`] })
    const engine = await bench.restartServer()
    await new Promise((resolve) => setTimeout(resolve, 600))
    const found = await engine.findRun(request.app, request.name)
    expect((await found?.exited)?.code).toBe(4)
  })
}
