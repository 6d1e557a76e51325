import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withLock } from './lock.ts'

const patience = () => AbortSignal.timeout(60_000)

test('those who want the same lock go one after the other', async () => {
  const name = randomUUID()
  let inside = 0
  let most = 0
  const work = async () => {
    most = Math.max(most, ++inside)
    await new Promise((resolve) => setTimeout(resolve, 10))
    inside -= 1
  }
  await Promise.all(Array.from({ length: 4 }, () => withLock(name, patience(), work)))
  expect(most).toBe(1)
})

test('locks of other names do not wait for it', async () => {
  await withLock(randomUUID(), patience(), () => withLock(randomUUID(), patience(), async () => {}))
})

test('work that fails lets go', async () => {
  const name = randomUUID()
  await expect(withLock(name, patience(), () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await withLock(name, patience(), async () => 'mine')).toBe('mine')
})

test('who waits can give up', async () => {
  const name = randomUUID()
  await withLock(name, patience(), async () => {
    await expect(withLock(name, AbortSignal.timeout(30), async () => {})).rejects.toThrow('timeout')
  })
})

test('a process that is killed leaves no lock behind', async () => {
  const name = randomUUID()
  const directory = mkdtempSync(join(tmpdir(), 'lock-'))
  const script = join(directory, 'holder.mjs')
  const module = new URL('./lock.ts', import.meta.url).href
  writeFileSync(
    script,
    `import { withLock } from ${JSON.stringify(module)}
     const never = new Promise(() => setInterval(() => {}, 1000))
     await withLock(${JSON.stringify(name)}, new AbortController().signal, () => (process.send('mine'), never))`,
  )
  const holder = fork(script, { execArgv: [] })
  await once(holder, 'message')
  const waiting = withLock(name, patience(), async () => 'mine')
  setTimeout(() => holder.kill('SIGKILL'), 50)
  expect(await waiting).toBe('mine')
  rmSync(directory, { recursive: true })
})
