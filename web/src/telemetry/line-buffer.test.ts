import { afterAll, beforeAll, expect, test } from 'vitest'
import { LineBuffer } from './line-buffer.ts'

let frames: (() => void)[] = []
const browser = globalThis as unknown as { requestAnimationFrame: unknown }
beforeAll(() => {
  browser.requestAnimationFrame = (frame: () => void) => frames.push(frame)
})
afterAll(() => {
  browser.requestAnimationFrame = undefined
})

const frame = () => {
  for (const each of frames.splice(0)) each()
}
const ids = (lines: LineBuffer) => lines.shown.map(({ id }) => id)

test('however many lines come in a frame, who watches is told once', () => {
  frames = []
  const lines = new LineBuffer()
  let told = 0
  lines.watch(() => {
    told += 1
  })
  for (let n = 0; n < 100; n += 1) lines.push({ id: String(n), text: 'x' })
  expect(told).toBe(0)
  frame()
  expect(told).toBe(1)
  lines.push({ id: '100', text: 'x' })
  frame()
  expect(told).toBe(2)
})

test('a filter holds for the lines that are there and for those that come', () => {
  const lines = new LineBuffer()
  lines.push({ id: 'a', text: 'GET /', process: 'router' })
  lines.push({ id: 'b', text: '\x1b[31mError\x1b[0m of web', process: 'web.1' })
  lines.push({ id: 'c', text: 'fine', process: 'web.2' })
  expect(lines.processes).toEqual(['router', 'web.1', 'web.2'])
  lines.filter({ text: 'error of', process: '' })
  expect(ids(lines)).toEqual(['b'])
  lines.filter({ text: '', process: 'web' })
  lines.push({ id: 'd', text: 'more', process: 'web.1' })
  lines.push({ id: 'e', text: 'more', process: 'website' })
  expect(ids(lines)).toEqual(['b', 'c', 'd'])
  lines.filter({ text: '', process: 'web.1' })
  expect(ids(lines)).toEqual(['b', 'd'])
})

test('a filter that is typed on, and taken away letter by letter, shows what each letter says', () => {
  const lines = new LineBuffer()
  for (const [n, text] of ['order 1', 'order 12', 'other'].entries()) lines.push({ id: String(n), text })
  for (const [text, expected] of [
    ['o', ['0', '1', '2']],
    ['order 1', ['0', '1']],
    ['order 12', ['1']],
    ['der 1', ['0', '1']],
    ['', ['0', '1', '2']],
  ] as const) {
    lines.filter({ text, process: '' })
    expect(ids(lines)).toEqual(expected)
  }
})

test('the newest 100,000 lines stay, and it is known how many went', () => {
  const lines = new LineBuffer()
  for (let n = 0; n < 110_001; n += 1) lines.push({ id: String(n), text: 'x' })
  expect(lines.size).toBe(100_001)
  expect(lines.shown[0]?.id).toBe('10000')
  expect(lines.dropped).toBe(10_000)
  expect(lines.last?.id).toBe('110000')
})

test('of the lines that went, only those that were shown count', () => {
  const lines = new LineBuffer()
  lines.filter({ text: 'even', process: '' })
  for (let n = 0; n < 110_000; n += 1) lines.push({ id: String(n), text: n % 2 === 0 ? 'even' : 'odd' })
  expect(lines.size).toBe(100_000)
  expect(lines.dropped).toBe(5_000)
  expect(lines.shown.length).toBe(50_000)
  expect(lines.shown[0]?.id).toBe('10000')
})
