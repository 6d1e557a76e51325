import { expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'

async function shop(): Promise<ApiKit> {
  const kit = await ApiKit.start()
  await kit.client().call('apps.create', { body: { name: 'shop' } })
  return kit
}

test('cron jobs are listed for whoever sees the app, and run by whoever may run commands', async () => {
  await using kit = await shop()
  const client = kit.client()
  const { items } = await client.call('cron.list', { params: { app: 'shop' } })
  expect(items).toMatchObject([{ number: 1, name: 'cron.1', lastRun: { name: 'run.1234' } }])
  const run = await client.call('cron.run', { params: { app: 'shop', job: 1 } })
  expect(run.name).toBe('run.1234')
  expect(kit.cron.calls).toEqual(['run 1'])
  const { items: activity } = await client.call('activity.list', { params: { app: 'shop' } })
  expect(activity[0]).toMatchObject({ action: 'cron.run', detail: 'run.1234', by: 'alice' })
})

test.each(['0', '-1', 'x', '1.5'])('%s is no number of a job', async (job) => {
  await using kit = await shop()
  const response = await kit.fetch('POST', `/apps/shop/cron/${job}/runs`, { token: kit.token() })
  expect(response.status).toBe(422)
  expect(kit.cron.calls).toEqual([])
})
