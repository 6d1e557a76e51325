import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { testEngines } from '../engines.ts'
import { Person } from './person.ts'

/** A buildpack that makes the app: a server that answers with what its boot has read. */
const FILES = {
  'pack/bin/detect': '#!/bin/sh\ntest -f greeting.txt && echo Greeter\n',
  'pack/bin/compile': `#!/usr/bin/env bash
set -e
echo "-----> Making the greeter"
mkdir -p .profile.d
printf 'export GREETING="%s, %s"\\n' "$(cat greeting.txt)" "$(cat "$3/WHOM")" > .profile.d/greeting.sh
cp pack/server.mjs server.mjs
`,
  'pack/bin/release': `#!/bin/sh
echo 'default_process_types:'
echo '  web: node server.mjs "$GREETING"'
`,
  'pack/server.mjs': `import { createServer } from 'node:http'
createServer((_, response) => response.end(process.argv[2] + ' from ' + process.env.HOME)).listen(process.env.PORT, '0.0.0.0')
`,
  'greeting.txt': 'Hello',
}

/** The first build on a docker box installs the tools that buildpacks expect. */
const PATIENCE_MS = 280_000

describe.each(testEngines())('a folder buildpack on the %s engine', (engine) => {
  let box: LocalBox
  let ada: Person
  let cwd: string

  beforeAll(async () => {
    box = await LocalBox.start({ engine })
    ada = await Person.owner(box)
    cwd = await ada.repository('greeter')
    for (const [path, text] of Object.entries(FILES)) {
      await mkdir(dirname(join(cwd, path)), { recursive: true })
      await writeFile(join(cwd, path), text, { mode: 0o755 })
    }
    await ada.commit(cwd, 'a buildpack of its own')
    await ada.done('apps:create greeter', { cwd })
  })
  afterAll(() => box?.[Symbol.asyncDispose]())

  test(
    'is set, carried out by a push, and its .profile.d is read when the app starts',
    async () => {
      await ada.done('config:set WHOM=world', { cwd })
      const set = await ada.paas('buildpacks:set ./pack', { cwd })
      expect(set.stderr).toContain('Setting the buildpacks of greeter... done, from the next build on')
      expect(set.stdout).toMatch(/1 +\.\/pack/)
      const { code, stderr } = await ada.git(cwd, 'push', 'paas', 'main')
      expect(stderr).toContain('-----> Greeter app detected')
      expect(stderr).toContain('-----> Making the greeter')
      expect(stderr).toContain('Default types for Greeter -> web')
      expect(code).toBe(0)
      const { body } = await get({ port: box.ports.http, host: 'greeter.localhost', path: '/' })
      expect(body).toMatch(/^Hello, world from \/.*app$/)
      const run = await ada.paas(['run', '-a', 'greeter', 'echo "said: $GREETING"'], { cwd })
      expect(run.stdout).toContain('said: Hello, world')
    },
    PATIENCE_MS,
  )

  test('that does not fit is told at the push, and cleared again', async () => {
    await ada.done('buildpacks:set python', { cwd })
    await writeFile(join(cwd, 'greeting.txt'), 'Hi')
    await ada.commit(cwd, 'hi')
    const { code, stderr } = await ada.git(cwd, 'push', 'paas', 'main')
    expect(code).not.toBe(0)
    expect(stderr).toContain('The app is set to be built as Python (paas buildpacks)')
    expect(stderr).toContain('paas buildpacks:clear')
    const wrong = await ada.paas('buildpacks:add ./pack', { cwd })
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('python cannot be used beside another') })
    expect((await ada.paas('buildpacks:remove ./other', { cwd })).stderr).toContain('has no buildpack ./other')
    expect((await ada.paas('buildpacks:set git@host.test:x/y', { cwd })).stderr).toContain('by https only')
    await ada.done('buildpacks:clear', { cwd })
    expect((await ada.paas('buildpacks', { cwd })).stderr).toContain('what its files are decides')
  })
})
