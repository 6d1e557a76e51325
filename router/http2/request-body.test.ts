import { expect, test } from 'vitest'
import { RequestBody } from './request-body.ts'

/** Takes what it is given, and pauses when it is told to. */
class Taker {
  readonly writes: string[] = []
  taken = 0
  woken = 0

  takeBody(bytes: Buffer, start: number, end: number): void {
    this.writes.push(bytes.toString('latin1', start, end))
  }

  wakeBody(): void {
    this.woken += 1
  }

  bodyTaken(bytes: number): void {
    this.taken += bytes
  }
}

function bodyFor(taker: Taker, declared: number): RequestBody {
  const body = new RequestBody(taker)
  body.begin(declared, false)
  return body
}

const send = (body: RequestBody, text: string, ends = false) => body.data(Buffer.from(text), 0, text.length, ends)

test('many small frames of one turn become one chunk', () => {
  const taker = new Taker()
  const body = bodyFor(taker, -1)
  for (let count = 0; count < 1_000; count++) send(body, 'x')
  expect([taker.writes, taker.woken]).toEqual([[], 1])
  body.deliver()
  expect(taker.writes).toEqual([`3e8\r\n${'x'.repeat(1_000)}\r\n`])
  expect(taker.taken).toBe(1_000)
})

test('what waits leaves together with the end', () => {
  const taker = new Taker()
  const body = bodyFor(taker, -1)
  send(body, 'abc')
  expect(body.end('x-sum: 1\r\n')).toBe(true)
  expect(taker.writes).toEqual(['3\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n'])
  body.deliver()
  expect(taker.writes).toHaveLength(1)
})

test('a body of known length passes as it is, and must have that length', () => {
  const taker = new Taker()
  expect(send(bodyFor(taker, 3), 'abc', true)).toBe(true)
  expect(taker.writes).toEqual(['abc'])
  expect(send(bodyFor(taker, 3), 'abcd')).toBe(false)
  expect(send(bodyFor(taker, 3), 'ab', true)).toBe(false)
  expect(bodyFor(taker, 3).end('')).toBe(false)
})

test('while it is paused nothing is handed on, and what is dropped is told', () => {
  const taker = new Taker()
  const body = bodyFor(taker, -1)
  body.paused = true
  for (let count = 0; count < 100; count++) send(body, 'y'.repeat(100))
  send(body, 'z'.repeat(5_000), true)
  body.deliver()
  expect(taker.writes).toEqual([])
  body.paused = false
  body.deliver()
  expect(taker.writes.join('').match(/[yz]/g)).toHaveLength(15_000)
  expect(taker.writes.at(-1)).toMatch(/z\r\n0\r\n\r\n$/)
  const other = bodyFor(taker, -1)
  other.paused = true
  send(other, 'lost')
  expect(other.drop()).toBe(4)
})
