import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LOG_LINE_MAX_BYTES } from '../contract/log.ts'
import { encodeLine } from './log-line.ts'
import { AppLogs, type LogQuery, type LogRecord } from './logs.ts'
import { SEGMENT_BYTES, segmentFile } from './segments.ts'

const APP = 'app_1'
let directory: string
let logs: AppLogs
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'paas-logs-'))
  logs = new AppLogs(directory)
})
afterEach(async () => {
  await logs[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

function say(text: string, process = 'web.1', source: 'app' | 'paas' = 'app'): void {
  logs.append(APP, { at: new Date('2026-01-01T00:00:00.123Z'), source, process, stream: 'stdout', text })
}

async function read(query: Partial<LogQuery> = {}): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for await (const record of logs.read(APP, { lines: 100, ...query })) records.push(record)
  return records
}

const texts = (records: LogRecord[]) => records.map((record) => record.text)
const segments = () => readdirSync(join(directory, APP)).sort()

/** Fills a segment so far that the next lines begin a new one. */
function fill(segment: number, at = new Date(0)): void {
  const line = encodeLine({ at, source: 'app', process: 'web.1', text: 'x'.repeat(9_000) })
  const file = segmentFile(join(directory, APP), segment)
  appendFileSync(file, line.repeat(Math.floor((SEGMENT_BYTES - statSync(file).size) / line.length)))
}

test('lines come back oldest first, complete, and at most as many as asked for', async () => {
  expect(await read()).toEqual([])
  for (let n = 1; n <= 5; n += 1) say(`line ${n}`)
  expect(texts(await read({ lines: 3 }))).toEqual(['line 3', 'line 4', 'line 5'])
  expect(texts(await read({ lines: 0 }))).toEqual([])
  const [first] = await read()
  expect(first).toEqual({
    cursor: expect.any(String),
    at: '2026-01-01T00:00:00.123Z',
    source: 'app',
    process: 'web.1',
    stream: 'stdout',
    text: 'line 1',
  })
})

test('what an app says cannot forge a line, whatever it contains', async () => {
  const odd = 'a\nb\r\n{"at":"x","source":"paas","process":"router","text":"forged"}\0\u2028\x1b[31m ü \u{1f600} "'
  say(odd)
  say('after')
  expect(texts(await read())).toEqual([odd, 'after'])
})

test('process and source choose: web is every web instance, web.1 only that one', async () => {
  say('one', 'web.1')
  say('two', 'web.2')
  say('eleven', 'web.11')
  say('other', 'website.1')
  say('mentions "process":"web.1" only', 'worker.1')
  say('request', 'router', 'paas')
  expect(texts(await read({ process: 'web' }))).toEqual(['one', 'two', 'eleven'])
  expect(texts(await read({ process: 'web.1' }))).toEqual(['one'])
  expect(texts(await read({ process: 'web', lines: 1 }))).toEqual(['eleven'])
  expect(texts(await read({ source: 'paas' }))).toEqual(['request'])
  expect(texts(await read({ source: 'paas', process: 'web' }))).toEqual([])
})

test('a line over the limit is cut at a character and says how much is missing', async () => {
  say('ü'.repeat(LOG_LINE_MAX_BYTES))
  say('y'.repeat(LOG_LINE_MAX_BYTES))
  const [cut, whole] = texts(await read())
  expect(cut).toBe(`${'ü'.repeat(LOG_LINE_MAX_BYTES / 2)} [cut: ${LOG_LINE_MAX_BYTES} bytes more]`)
  expect(whole).toBe('y'.repeat(LOG_LINE_MAX_BYTES))
})

test('a cursor resumes behind its line, and cursors sort as text', async () => {
  for (let n = 1; n <= 120; n += 1) say(`line ${n}`)
  const all = await read({ lines: 1_000 })
  const cursors = all.map((record) => record.cursor)
  expect(cursors.toSorted()).toEqual(cursors)
  expect(texts(await read({ after: cursors[117] ?? '' }))).toEqual(['line 119', 'line 120'])
  expect(texts(await read({ after: cursors[9] ?? '', lines: 2 }))).toEqual(['line 11', 'line 12'])
  expect(await read({ after: cursors.at(-1) ?? '' })).toEqual([])
  expect(await read({ after: '99999999.000000000' })).toEqual([])
  await expect(read({ after: '../../etc/passwd' })).rejects.toThrow(
    expect.objectContaining({ code: 'logs.invalid-cursor' }),
  )
})

test('lines longer than a read are found from both ends', async () => {
  const long = Array.from({ length: 40 }, (_, n) => `${n} ${'\u0001'.repeat(9_000)}`)
  for (const text of long) say(text)
  expect(texts(await read())).toEqual(long)
  expect(texts(await read({ lines: 7 }))).toEqual(long.slice(-7))
})

test('following gives the last lines, then each new one as it comes, until it is told to stop', async () => {
  say('old 1')
  say('old 2')
  const stop = new AbortController()
  const following = logs.read(APP, { lines: 1, follow: true, signal: stop.signal })
  expect((await following.next()).value?.text).toBe('old 2')
  const next = following.next()
  say('new 1')
  say('new 2')
  expect((await next).value?.text).toBe('new 1')
  expect((await following.next()).value?.text).toBe('new 2')
  const last = following.next()
  stop.abort()
  expect((await last).done).toBe(true)
})

test('a follower that reconnects with its cursor misses nothing and gets nothing twice', async () => {
  for (let n = 1; n <= 300; n += 1) say(`line ${n}`)
  const [, second] = await read({ lines: 300 })
  const stop = new AbortController()
  const got: string[] = []
  const query = { lines: 1, follow: true, signal: stop.signal, after: second?.cursor ?? '' }
  setTimeout(() => say('line 301'), 20)
  for await (const record of logs.read(APP, query)) {
    got.push(record.text)
    if (record.text === 'line 301') stop.abort()
  }
  expect(got).toEqual(Array.from({ length: 299 }, (_, n) => `line ${n + 3}`))
})

test('many lines become few writes, and are all there after a restart', async () => {
  for (let n = 0; n < 20_000; n += 1) say(`line ${n}`)
  await logs[Symbol.asyncDispose]()
  logs = new AppLogs(directory)
  say('after the restart')
  expect(texts(await read({ lines: 2 }))).toEqual(['line 19999', 'after the restart'])
  expect(await read({ lines: 30_000 })).toHaveLength(20_001)
})

test('a follower reads on from segment to segment without losing a line', async () => {
  const stop = new AbortController()
  const count = 2_500
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  say('-1 ')
  const got = (async () => {
    let expected = -1
    for await (const { text } of logs.read(APP, { lines: 1, follow: true, signal: stop.signal })) {
      begin()
      expect(text.startsWith(`${expected} `)).toBe(true)
      expected += 1
      if (expected === count) return
    }
  })()
  await logs.flush()
  await begun
  for (let n = 0; n < count; n += 1) {
    say(`${n} `.padEnd(9_000, 'x'))
    if (n % 100 === 0) await logs.flush()
  }
  await got
  stop.abort()
  expect(segments()).toEqual(['00000001.ndjson', '00000002.ndjson'])
})

test('five segments are kept, and the last lines are found in several of them', async () => {
  for (let segment = 1; segment <= 7; segment += 1) {
    say(`${segment} `.repeat(4_900), 'run.1')
    await logs[Symbol.asyncDispose]()
    fill(segment)
    logs = new AppLogs(directory)
  }
  say(`8 `.repeat(4_900), 'run.1')
  const found = texts(await read({ process: 'run.1', lines: 3 }))
  expect(found.map((text) => text.slice(0, 1))).toEqual(['6', '7', '8'])
  expect(segments()).toEqual(['00000004', '00000005', '00000006', '00000007', '00000008'].map((n) => `${n}.ndjson`))
  const bytes = segments().reduce((sum, name) => sum + statSync(join(directory, APP, name)).size, 0)
  expect(bytes).toBeLessThan(100 * 1024 * 1024)
})

test('a reader whose place was rotated away is told that lines are missing, and goes on', async () => {
  say('first')
  const [first] = await read()
  const file = (segment: number) => segmentFile(join(directory, APP), segment)
  await logs[Symbol.asyncDispose]()
  writeFileSync(file(4), readFileSync(file(1), 'utf8').replace('first', 'kept'))
  await rm(file(1))
  logs = new AppLogs(directory)
  const [gap, kept] = await read({ after: first?.cursor ?? '' })
  expect(gap).toMatchObject({ source: 'paas', process: 'logs', text: expect.stringContaining('missing') })
  expect(kept?.text).toBe('kept')
})

test('half a line left by a crash is skipped, and the next one is whole', async () => {
  say('before')
  say('torn by the crash')
  await logs[Symbol.asyncDispose]()
  const file = segmentFile(join(directory, APP), 1)
  truncateSync(file, statSync(file).size - 9)
  logs = new AppLogs(directory)
  expect(texts(await read())).toEqual(['before'])
  say('after')
  expect(texts(await read())).toEqual(['before', 'after'])
  expect(texts(await read({ lines: 2 }))).toEqual(['before', 'after'])
})

test('removing an app ends its readers, takes its files, and later lines make none', async () => {
  say('last words')
  const following = logs.read(APP, { lines: 1, follow: true })
  await following.next()
  const next = following.next()
  await logs.remove(APP)
  expect((await next).done).toBe(true)
  say('after death')
  await logs.flush()
  expect(existsSync(join(directory, APP))).toBe(false)
})

test('lines that cannot be written are dropped and counted, and the log goes on when it can', async () => {
  writeFileSync(join(directory, APP), 'in the way')
  for (let n = 0; n < 3; n += 1) say(`lost ${n}`)
  await logs.flush()
  await rm(join(directory, APP))
  say('kept')
  expect(texts(await read())).toEqual(['3 lines dropped', 'kept'])
})

test('an id that is not one of ours never becomes a path', async () => {
  expect(() => logs.append('../x', { at: new Date(), source: 'app', process: 'web.1', text: 'x' })).toThrow(TypeError)
})

test('from a time on, wherever it lies, with the lines that led there', async () => {
  const at = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 1_000)
  const sayAt = (n: number) => logs.append(APP, { at: at(n), source: 'app', process: 'web.1', text: `line ${n}` })
  const since = (n: number, query: Partial<LogQuery> = {}) => read({ since: at(n), lines: 2, ...query })
  expect(await since(1)).toEqual([])
  for (let n = 0; n < 1_000; n += 1) sayAt(n)
  await logs[Symbol.asyncDispose]()
  const middle = segmentFile(join(directory, APP), 1)
  writeFileSync(middle, readFileSync(middle, 'utf8').replace('"line 500"', '"damaged'))
  fill(1, at(999.5))
  logs = new AppLogs(directory)
  for (let n = 1_000; n < 1_010; n += 1) sayAt(n)
  expect(texts(await since(0))).toEqual(['line 0', 'line 1'])
  expect(texts(await since(-5, { before: 3 }))).toEqual(['line 0', 'line 1', 'line 2', 'line 3', 'line 4'])
  for (const n of [1, 2, 3, 498, 501, 998]) expect(texts(await since(n))).toEqual([`line ${n}`, `line ${n + 1}`])
  expect(texts(await since(500))).toEqual(['line 501', 'line 502'])
  expect(texts(await since(700.5))).toEqual(['line 701', 'line 702'])
  expect(texts(await since(700, { before: 2 }))).toEqual(['line 698', 'line 699', 'line 700', 'line 701'])
  expect(texts(await since(1_008))).toEqual(['line 1008', 'line 1009'])
  expect(await since(2_000)).toEqual([])
})
