import { expect, test } from 'vitest'
import { chooseTlsHandles } from './self-test.ts'

test('the handles of this node prove themselves, and leave nothing open', async () => {
  const open = () => process.getActiveResourcesInfo().filter((name) => /TCP|TLS/.test(name)).length
  const before = open()
  expect(await chooseTlsHandles('auto')).not.toBeNull()
  await expect.poll(open).toBe(before)
  expect(await chooseTlsHandles('public')).toBeNull()
})
