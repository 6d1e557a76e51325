import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { TestBox } from './test-box.ts'
import { TestCli } from './test-cli.ts'
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

test('cron lists schedule, next and last run with its result', async () => {
  const { code, stdout } = await cli.run(['cron', '-a', 'shop'], { env: { TZ: 'UTC' } })
  expect(code).toBe(0)
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['NAME', 'SCHEDULE', 'NEXT', 'LAST', 'COMMAND'],
    ['cron.1', '*/5 * * * *', '2026/01/02 10:00:00 +0000', '2026/01/02 10:00:00 +0000, code 3', 'node tick.js'],
    ['cron.2', '@daily', 'paused', 'never', 'node tick.js'],
    [''],
  ])
})

test('an app without cron jobs is told where they come from', async () => {
  box.handlers['cron.list'] = () => ({ items: [], next: null })
  const { code, stdout, stderr } = await cli.run(['cron', '-a', 'shop'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(stderr).toBe('shop has no cron jobs. They stand under "cron" in app.json; add some and push.\n')
})

test.each(['1', 'cron.1'])('cron:run %s runs one now and says where its output is', async (number) => {
  const { code, stdout, stderr } = await cli.run(['cron:run', number, '-a', 'shop'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'cron.1\n' })
  expect(stderr).toContain('Running cron job 1 of shop... done, cron.1')
  expect(stderr).toContain('paas logs -t -p cron.1 -a shop')
  expect(box.requestsOf('cron.run')).toHaveLength(1)
})

test.each(['0', 'x', '-1', '1.5'])('cron:run %s is refused before anything is sent', async (number) => {
  const { code } = await cli.run(['cron:run', '-a', 'shop', '--', number])
  expect(code).toBe(2)
  expect(box.requests).toEqual([])
})
