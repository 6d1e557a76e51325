import { expect, test } from 'vitest'
import { TestDesk } from './test-desk.ts'
import { shopHandlers } from './test-handlers.ts'
import { Shop } from './test-shop.ts'

const desk = new TestDesk(() => shopHandlers(new Shop()))

test('cron lists schedule, next and last run with its result', async () => {
  const { code, stdout } = await desk.cli.run(['cron', '-a', 'shop'], { env: { TZ: 'UTC' } })
  expect(code).toBe(0)
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['NAME', 'SCHEDULE', 'NEXT', 'LAST', 'COMMAND'],
    ['cron.1', '*/5 * * * *', '2026/01/02 10:00:00 +0000', '2026/01/02 10:00:00 +0000, code 3', 'node tick.js'],
    ['cron.2', '@daily', 'paused', 'never', 'node tick.js'],
    [''],
  ])
})

test('an app without cron jobs is told where they come from', async () => {
  desk.box.handlers['cron.list'] = () => ({ items: [], next: null })
  const { code, stdout, stderr } = await desk.cli.run(['cron', '-a', 'shop'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(stderr).toBe('shop has no cron jobs. They stand under "cron" in app.json; add some and push.\n')
})

test.each(['1', 'cron.1'])('cron:run %s runs one now and says where its output is', async (number) => {
  const { code, stdout, stderr } = await desk.cli.run(['cron:run', number, '-a', 'shop'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'cron.1\n' })
  expect(stderr).toContain('Running cron job 1 of shop... done, cron.1')
  expect(stderr).toContain('paas logs -t -p cron.1 -a shop')
  expect(desk.box.requestsOf('cron.run')).toHaveLength(1)
})

test.each(['0', 'x', '-1', '1.5'])('cron:run %s is refused before anything is sent', async (number) => {
  const { code } = await desk.cli.run(['cron:run', '-a', 'shop', '--', number])
  expect(code).toBe(2)
  expect(desk.box.requests).toEqual([])
})
