import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { Repositories } from './repositories.ts'

/** A server of its own process whose deploy never ends; says where its repository is once a push waits in the hook. */
const SERVER = `
import { GitKit } from ${JSON.stringify(new URL('../../test/git-kit.ts', import.meta.url).href)}
const kit = await GitKit.start()
kit.deploys.deploy = ({ app }) => {
  console.log(kit.directory + '/repos/' + app.id)
  return new Promise(() => {})
}
kit.spawn('git', ['push', kit.remote + '/shop', 'main'])
`

const quarantines = async (repository: string) =>
  (await readdir(join(repository, 'objects'))).filter((name) => name.includes('incoming'))

/** Processes that have the repository among their arguments; a dead one that nobody has waited for has none. */
async function gitsAt(repository: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return commands.filter((command) => command.includes(repository))
}

test('when the server is killed while git waits in its hook, git gives the push up and the branch stays', async () => {
  const server = spawn(process.execPath, ['--input-type=module', '-e', SERVER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  const path = line.toString().trim()
  const directory = `${path}.git`
  try {
    expect([(await quarantines(directory)).length, (await gitsAt(directory)).length]).toEqual([1, 1])
    server.kill('SIGKILL')
    await once(server, 'close')
    await expect.poll(() => gitsAt(directory), { timeout: 30_000 }).toEqual([])
    const repository = await new Repositories(dirname(path)).open({ id: basename(path) })
    expect(await repository.branches()).toEqual(new Map())
    expect(await quarantines(directory)).toEqual([])
  } finally {
    server.kill('SIGKILL')
    await rm(dirname(dirname(path)), { recursive: true, force: true })
  }
})
