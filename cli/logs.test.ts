import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { LogRecord } from '../server/contract/log.ts'
import { Channel } from './channel.ts'
import { logLine } from './log-line.ts'
import { printable } from './printable.ts'
import { TestBox } from './test-box.ts'
import { finished, TestCli } from './test-cli.ts'
import { shopHandlers } from './test-handlers.ts'
import { Shop } from './test-shop.ts'

let cli: TestCli
let box: TestBox

beforeAll(async () => {
  cli = await TestCli.build()
})
afterAll(() => cli[Symbol.asyncDispose]())
beforeEach(async () => {
  box = await TestBox.start(shopHandlers(new Shop()))
  await cli.signIn({ url: box.url })
  return () => box[Symbol.asyncDispose]()
})

function record(n: number, text = `line ${n}`): LogRecord {
  return { cursor: `c${n}`, at: '2026-10-31T23:31:16.677Z', source: 'app', process: 'web.1', text }
}

test("a line has Heroku's form", () => {
  const plain = new Channel(process.stdout, 'never')
  expect(logLine(record(1, 'msg'), plain)).toBe('2026-10-31T23:31:16.677000+00:00 app[web.1]: msg')
  expect(logLine({ ...record(1), at: '2026-10-31T23:31:16Z', source: 'paas', process: 'router' }, plain)).toBe(
    '2026-10-31T23:31:16.000000+00:00 paas[router]: line 1',
  )
})

test('a log line cannot speak to the terminal, but may be coloured', () => {
  const esc = '\u001b'
  expect(printable(`${esc}[31mred${esc}[0m`)).toBe(`${esc}[31mred${esc}[0m`)
  expect(printable(`a${esc}]0;title\u0007b`)).toBe('ab')
  expect(printable(`a${esc}]0;title${esc}\\b`)).toBe('ab')
  expect(printable(`a${esc}[2Jb${esc}[1;1Hc${esc}cd\re\u009bf\tg`)).toBe('abcdef\tg')
})

test('a line that leaves a colour open, or hides what follows, ends with itself', () => {
  const esc = '\u001b'
  const closed = (text: string) => expect(printable(text)).toBe(`${text}${esc}[0m`)
  closed(`${esc}[8mhidden`)
  closed(`${esc}[31mred${esc}[0m ${esc}[1;32mgreen`)
  closed(`${esc}[36mhead:${esc}[39m text`)
  for (const text of ['plain', `${esc}[31mred${esc}[m`, `${esc}[31mred${esc}[0m more`, `plain${esc}[0m`])
    expect(printable(text)).toBe(text)
})

test('what an app prints reaches a terminal without what could speak to it', async () => {
  box.handlers['logs.read'] = async function* () {
    yield record(1, 'a\u001b]0;title\u0007b\u001b[2Jc\u001b[31md')
  }
  const { stdout } = await cli.runOnTerminal(['logs', '-a', 'shop'])
  expect(stdout).toContain('abc\u001b[31md\u001b[0m')
  expect(stdout).not.toContain('title')
})

test('logs asks for what the options say', async () => {
  await cli.run(['logs', '-a', 'shop', '-n', '7', '-p', 'web', '-s', 'app'])
  expect(box.requestsOf('logs.read')[0]?.query).toEqual({ lines: 7, process: 'web', source: 'app' })
})

test('logs -t goes on behind the last line when the box restarts, without repeating one', async () => {
  const { port } = box
  box.handlers['logs.read'] = async function* () {
    yield record(1)
    await sleep(10_000)
  }
  const child = cli.start(['logs', '-t', '-a', 'shop'])
  const end = finished(child)
  let shown = ''
  child.stdout?.on('data', (bytes) => {
    shown += bytes
  })
  if (child.stdout) await once(child.stdout, 'data')
  await box[Symbol.asyncDispose]()
  await sleep(400)
  box = await TestBox.start(shopHandlers(new Shop()), port)
  const asked = new Promise<Record<string, unknown>>((resolve) => {
    box.handlers['logs.read'] = async function* ({ query }) {
      yield record(2)
      resolve(query)
      await sleep(10_000)
    }
  })
  expect(await asked).toMatchObject({ after: 'c1', follow: 'true' })
  await expect.poll(() => shown).toContain('line 2')
  child.kill('SIGINT')
  const { code, stdout, stderr } = await end
  expect(stdout.match(/line \d/g)).toEqual(['line 1', 'line 2'])
  expect(stderr).toContain('The connection was lost')
  expect(code).toBe(130)
})

test('logs -t of an app that is not there ends at once', async () => {
  await box[Symbol.asyncDispose]()
  expect(await cli.run(['logs', '-t', '-a', 'shop'])).toMatchObject({ code: 75, stdout: '' })
})

test('a reader that has enough ends logs without a word', async () => {
  box.handlers['logs.read'] = async function* () {
    for (let n = 0; n < 100_000; n += 1) yield record(n)
  }
  const child = cli.start(['logs', '-a', 'shop'])
  if (child.stdout) await once(child.stdout, 'data')
  child.stdout?.destroy()
  expect(await finished(child)).toMatchObject({ code: 0, stderr: '' })
})

test('config masks its values on a terminal and shows them when asked or piped', async () => {
  expect((await cli.runOnTerminal(['config', '-a', 'shop'])).stdout).not.toContain('hunter2')
  expect((await cli.runOnTerminal(['config', '-a', 'shop', '--show'])).stdout).toContain('hunter2')
  expect((await cli.run(['config', '-a', 'shop'])).stdout).toBe('NODE_ENV: production\nSECRET:   hunter2\n')
})

test('destroy on a terminal takes the name typed, and nothing else', async () => {
  const wrong = await cli.runOnTerminal(['apps:destroy', '-a', 'shop'], { after: 'type shop:', keys: 'shpo\r' })
  expect(wrong.code).toBe(2)
  expect(box.requestsOf('apps.destroy')).toEqual([])
  const right = await cli.runOnTerminal(['apps:destroy', '-a', 'shop'], { after: 'type shop:', keys: 'shop\r' })
  expect(right.code).toBe(0)
  expect(box.requestsOf('apps.destroy')).toHaveLength(1)
})

test('a token asked for on a terminal is not shown while it is typed', async () => {
  const { code, stdout } = await cli.runOnTerminal(['login', box.url], { after: 'Token:', keys: 'paas_typed_secret\r' })
  expect(code).toBe(4)
  expect(stdout).not.toContain('secret')
})
