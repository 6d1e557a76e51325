import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { Repositories } from './repositories.ts'

/** A server of its own process whose deploy never ends; says where its repository is once a push waits in the hook. */
const SERVER = `
import { GitKit } from ${JSON.stringify(new URL('git-kit.ts', import.meta.url).href)}
const kit = await GitKit.start()
kit.deploys.deploy = ({ app }) => {
  console.log(kit.directory + '/repos/' + app.id)
  return new Promise(() => {})
}
kit.spawn('git', ['push', kit.remote + '/shop', 'main'])
`

const quarantines = async (repository: string) =>
  (await readdir(join(repository, 'objects'))).filter((name) => name.includes('incoming'))

test('when the server is killed while git waits in its hook, git gives the push up and the branch stays', async () => {
  const server = spawn(process.execPath, ['--input-type=module', '-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  const path = line.toString().trim()
  try {
    expect(await quarantines(`${path}.git`)).toHaveLength(1)
    server.kill('SIGKILL')
    await once(server, 'close')
    await expect.poll(() => quarantines(`${path}.git`), { timeout: 5_000 }).toEqual([])
    const repository = await new Repositories(dirname(path)).open({ id: path.slice(dirname(path).length + 1) })
    expect(await repository.branches()).toEqual(new Map())
  } finally {
    server.kill('SIGKILL')
    await rm(dirname(dirname(path)), { recursive: true, force: true })
  }
})
