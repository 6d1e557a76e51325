import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { exampleNames, goldenFile, planExample } from './example-plan.ts'

const HELLO = fileURLToPath(new URL('./examples/hello-node/server.js', import.meta.url))

test.each(exampleNames())('the plan of examples/%s is the one that was read and agreed to', (example) => {
  expect(planExample(example)).toEqual(JSON.parse(readFileSync(goldenFile(example), 'utf8')))
})

test('hello-node says which release and instance answers, and leaves when it is asked to', async () => {
  const env = { PORT: '0', PAAS_RELEASE: 'v7', PAAS_INSTANCE: 'web.2', GREETING: '<b>' }
  const app = spawn(process.execPath, [HELLO], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(app.stdout, 'data')
  const address = `http://127.0.0.1:${/\d+/.exec(String(line))?.[0]}`
  expect(await (await fetch(`${address}/release`)).json()).toEqual({ release: 'v7', instance: 'web.2' })
  expect(await (await fetch(address)).text()).toContain('<h1>&#60;b&#62;</h1>')
  app.kill('SIGTERM')
  expect(await once(app, 'exit')).toEqual([0, null])
})
