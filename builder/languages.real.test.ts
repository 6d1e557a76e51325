import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePorts } from '../test/free-ports.ts'
import { BuildFixture } from './build-fixture.ts'
import { exampleFiles } from './example-plan.ts'

test('an app with vendored wheels runs on the embedded engine by the Python of the machine, wherever its image is', async () => {
  using box = new BuildFixture()
  const done = await box.build(exampleFiles('python-vendored'))
  const made = done?.type === 'done' ? done : expect.unreachable(`${JSON.stringify(done)}\n${box.text}`)
  expect(await answerOf(made.image, made.processTypes['web'] ?? '')).toBe('Hello, vendored wheel!')
  const files = exampleFiles('python-vendored').map((file) =>
    file.name === 'hello.py' ? { ...file, mode: 0o755 } : file,
  )
  expect(await box.build(files)).toMatchObject({ type: 'done', cachedSteps: 1 })
})

/** As the embedded engine starts a process: by a shell, in the image, with the directories that the image names. */
async function answerOf(image: string, command: string): Promise<string> {
  const { environment, path } = JSON.parse(readFileSync(join(image, 'image.json'), 'utf8'))
  const [port] = await freePorts(1)
  const env = { ...environment, PATH: [...path, process.env['PATH']].join(':'), PORT: String(port) }
  const app = spawn('sh', ['-c', `exec ${command}`], { cwd: join(image, 'app'), env, stdio: ['ignore', 'inherit', 2] })
  try {
    const ask = () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        (answer) => answer.text(),
        () => undefined,
      )
    await expect.poll(ask, { timeout: 60_000 }).toBeDefined()
    return (await ask()) ?? ''
  } finally {
    app.kill('SIGTERM')
    await once(app, 'exit')
  }
}
