import { describe, expect, it } from 'vitest'
import { logLines, nanoseconds, type StampedLine, sinceParameter } from './log-lines.ts'

const AT = '2026-11-21T02:45:53.123456789Z'

describe('log lines of a container', () => {
  it('are told apart by stream, with their time and without the newline', async () => {
    const bytes = Buffer.concat([frame(1, `${AT} hello\n`), frame(2, `${AT} oh no\r\n`)])
    expect(await read([bytes])).toEqual([
      { time: new Date(AT), stream: 'stdout', text: 'hello', cursor: nanoseconds(AT) },
      { time: new Date(AT), stream: 'stderr', text: 'oh no', cursor: nanoseconds(AT) },
    ])
  })

  it('survive any cut between chunks, in heads and in characters', async () => {
    const bytes = Buffer.concat([frame(1, `${AT} schöne Grüße\n`), frame(2, `${AT} 🚀\n`), frame(1, `${AT} \n`)])
    const single = [...bytes].map((byte) => Buffer.from([byte]))
    expect((await read(single)).map(({ text }) => text)).toEqual(['schöne Grüße', '🚀', ''])
  })

  it('are joined where the engine cut them, each stream for itself', async () => {
    const piece = 'x'.repeat(16_384)
    const bytes = [frame(1, `${AT} ${piece}`), frame(2, `${AT} other\n`), frame(1, `${AT} end`), frame(1, `${AT} n\n`)]
    expect((await read(bytes)).map(({ text }) => text)).toEqual(['other', `${piece}end`, 'n'])
  })

  it('are not joined over different times', async () => {
    const piece = 'x'.repeat(16_384)
    const bytes = [frame(1, `${AT} ${piece}`), frame(1, `${AT.replace('9Z', '8Z')} next\n`)]
    expect((await read(bytes)).map(({ text }) => text)).toEqual([piece, 'next'])
  })

  it('do not grow without end', async () => {
    const piece = frame(1, `${AT} ${'x'.repeat(16_384)}`)
    const lines = await read(Array.from({ length: 40 }, () => piece))
    expect(Math.max(...lines.map(({ text }) => text.length))).toBe(256 * 1024)
  })

  it('of a terminal do not grow without end either', async () => {
    const piece = Buffer.from(`${AT} ${'x'.repeat(16_384)}`)
    const lines = await read([...Array.from({ length: 40 }, () => piece), Buffer.from('end\n')], true)
    expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThan(300 * 1024)
    expect(lines.at(-1)?.text).toMatch(/xend$/)
    expect(lines.every(({ time }) => time.getTime() === Date.parse(AT))).toBe(true)
  })

  it('of a terminal come without frames', async () => {
    const lines = await read([Buffer.from(`${AT} $ l`), Buffer.from(`s\r\n${AT} file\r\n`)], true)
    expect(lines.map(({ text }) => text)).toEqual(['$ ls', 'file'])
  })
})

it('keeps nanoseconds from the engine’s stamp to the engine’s parameter', () => {
  expect(sinceParameter(nanoseconds('1970-01-01T00:00:01.000000002Z'))).toBe('1.000000002')
  expect(sinceParameter(nanoseconds('1970-01-01T00:00:01Z'))).toBe('1.000000000')
})

async function read(chunks: Buffer[], tty = false): Promise<StampedLine[]> {
  async function* source() {
    yield* chunks
  }
  const lines: StampedLine[] = []
  for await (const line of logLines(source(), tty)) lines.push(line)
  return lines
}

function frame(stream: number, text: string): Buffer {
  const payload = Buffer.from(text)
  const head = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0])
  head.writeUInt32BE(payload.length, 4)
  return Buffer.concat([head, payload])
}
