import { expect, test } from 'vitest'
import type { LogLine } from '../engine.ts'
import { type Bench, eventually, WORKER } from './bench.ts'

/** One numbered line every 5 ms, 40 of them. */
const COUNTER = `let n = 0; const timer = setInterval(() => {
  console.log('line ' + ++n)
  if (n === 40) clearInterval(timer)
}, 5); ${WORKER}`

const NUMBERS = Array.from({ length: 40 }, (_, n) => `line ${n + 1}`)

export function outputContract(bench: Bench): void {
  const worker = (script: string) => bench.workload(script, { listens: false, processType: 'worker' })

  test('lines come with their stream and a time, and keep their text', async () => {
    const text = 'Grüße \\u2713 "quoted" \\\\ end  '
    const begun = Date.now()
    const { id } = await bench.applyOne(worker(`console.log('${text}'); console.error('to stderr'); ${WORKER}`))
    const lines = await eventually(async () => {
      const read = await all(bench.engine.logs(id, {}))
      return read.length === 2 && read
    })
    expect(new Map(lines.map((line) => [line.stream, line.text]))).toEqual(
      new Map([
        ['stdout', 'Grüße \u2713 "quoted" \\ end  '],
        ['stderr', 'to stderr'],
      ]),
    )
    for (const { time } of lines) expect(Math.abs(time.getTime() - begun)).toBeLessThan(20_000)
  })

  test('tail gives the last lines, oldest first', async () => {
    const { id } = await bench.applyOne(worker(COUNTER))
    await eventually(async () => (await all(bench.engine.logs(id, {}))).length === 40)
    expect((await all(bench.engine.logs(id, { tail: 3 }))).map(({ text }) => text)).toEqual(NUMBERS.slice(-3))
    expect(await all(bench.engine.logs(id, { tail: 0 }))).toEqual([])
  })

  test('reading on from the time of a line repeats none and skips none', async () => {
    const { id } = await bench.applyOne(worker(COUNTER))
    const read: string[] = []
    let since: Date | undefined
    await eventually(async () => {
      const stop = new AbortController()
      for await (const line of bench.engine.logs(id, { follow: true, signal: stop.signal, ...(since && { since }) })) {
        read.push(line.text)
        since = line.time
        if (read.length % 15 === 0 || read.length === 40) stop.abort()
        if (stop.signal.aborted) break
      }
      return read.length >= 40
    })
    expect(read).toEqual(NUMBERS)
  })

  test('a follower sees each line once, over a restart too, until the instance is removed', async () => {
    const script = `console.log('first'); setTimeout(() => process.exit(1), 200)`
    const workload = worker(script)
    const { id } = await bench.applyOne(workload)
    const lines: LogLine[] = []
    const following = (async () => {
      for await (const line of bench.engine.logs(id, { follow: true })) lines.push(line)
    })()
    await eventually(() => lines.length >= 2)
    await bench.engine.remove(workload, 1_000)
    await following
    expect(new Set(lines.map(({ text }) => text))).toEqual(new Set(['first']))
    expect(new Set(lines.map(({ time }) => time.getTime())).size).toBe(lines.length)
  })

  test('nothing that is written while the server is down is lost, nor told twice', async () => {
    const { id } = await bench.applyOne(worker(COUNTER))
    await eventually(async () => (await all(bench.engine.logs(id, {}))).length > 0)
    const engine = await bench.restartServer()
    const lines = await eventually(async () => {
      const read = await all(engine.logs(id, {}))
      return read.length >= 40 && read
    })
    expect(lines.map(({ text }) => text)).toEqual(NUMBERS)
  })

  test('a follower ends with its signal', async () => {
    const { id } = await bench.applyOne(worker(WORKER))
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 100)
    expect(await all(bench.engine.logs(id, { follow: true, signal: stop.signal }))).toEqual([])
  })
}

async function all(lines: AsyncIterable<LogLine>): Promise<LogLine[]> {
  const read: LogLine[] = []
  for await (const line of lines) read.push(line)
  return read
}
