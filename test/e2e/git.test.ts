import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { runCommand } from '../../scripts/run-command.ts'
import { Person, Transcript } from './person.ts'

let box: LocalBox
let ada: Person

beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  ada = await Person.owner(box)
})
afterAll(async () => {
  await box?.[Symbol.asyncDispose]()
})

const release = async (app: string) => {
  const { status, body } = await get({ port: box.ports.http, host: `${app}.localhost`, path: '/release' })
  return status === 200 ? (JSON.parse(body) as { release: string }).release : status
}
const newestBuild = async (app: string) => (await ada.json('builds.list', ['builds', '-a', app, '-n', '1'])).items[0]

const ROADS = {
  ssh: (app: string) => box.sshRemote(app),
  http: (app: string) => box.httpRemote(app),
  /** As `paas git:remote --http` prints it. */
  'http through the router': (app: string) => `http://ada:${box.token}@localhost:${box.ports.http}/git/${app}.git`,
}

describe.each(Object.entries(ROADS))('over %s', (road, remoteOf) => {
  const app = `by-${road.replaceAll(' ', '-')}`
  let work: string
  const push = (...args: string[]) => ada.git(work, 'push', 'paas', ...args)

  beforeAll(async () => {
    work = await ada.repository(app)
    await ada.git(work, 'remote', 'add', 'paas', remoteOf(app))
  })

  test('the first push creates the app and puts it live', async () => {
    const { code, stderr } = await push('main')
    expect(code).toBe(0)
    expect(stderr).toContain(`remote: Creating ${app}... done`)
    expect(stderr).toContain('remote: -----> Node.js app detected')
    expect(stderr).toContain('remote:        Released v1')
    expect(stderr).toContain(`remote:        http://${app}.localhost:${box.ports.http} deployed to paas`)
    expect(stderr).toContain('* [new branch]      main -> main')
    expect(await release(app)).toBe('v1')
    expect(await ada.done(['activity', '-a', app])).toMatch(new RegExp(`owner +${road.slice(0, 4).trim()} +push +main`))
  })

  test('the same commit again is up to date and builds nothing', async () => {
    expect((await push('main')).stderr.trim()).toBe('Everything up-to-date')
    expect((await ada.json('builds.list', ['builds', '-a', app])).items).toHaveLength(1)
  })

  test('another branch and a tag are stored, and it is said how to deploy them', async () => {
    await ada.git(work, 'checkout', '-q', '-b', 'feature/one')
    await ada.commit(work, 'on a branch')
    await ada.git(work, 'tag', '-a', 'v0.1', '-m', 'first')
    const { code, stderr } = await push('feature/one', 'v0.1')
    expect(code).toBe(0)
    expect(stderr).toContain('Pushed to feature/one. Only main is deployed: git push <remote> feature/one:main')
    expect(stderr).toContain('Stored tag v0.1. Only main is deployed.')
    expect(await release(app)).toBe('v1')
    expect((await push('feature/one:main')).stderr).toContain('Released v2')
    expect(await release(app)).toBe('v2')
    await ada.git(work, 'checkout', '-q', '-B', 'main')
  })

  test('main cannot be deleted, other branches can', async () => {
    const refused = await push('--delete', 'main')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('main is the branch that is deployed; it cannot be deleted')
    expect(await release(app)).toBe('v2')
    expect((await push('--delete', 'feature/one')).code).toBe(0)
  })

  test('rewritten history needs force, and is deployed with it', async () => {
    await ada.git(work, 'commit', '-q', '--amend', '--allow-empty', '-m', 'rewritten')
    const rejected = await push('main')
    expect(rejected.code).toBe(1)
    expect(rejected.stderr).toContain('[rejected]')
    const forced = await push('--force', 'main')
    expect(forced.stderr).toContain('forced update')
    expect(await release(app)).toBe('v3')
  })

  test('an unknown ref is told by git, and nothing reaches the box', async () => {
    const { code, stderr } = await push('nothing')
    expect(code).toBe(1)
    expect(stderr).toContain('src refspec nothing does not match any')
  })

  test('what was pushed can be cloned back', async () => {
    const copy = join(ada.home, `${app}-clone`)
    expect((await ada.git(ada.home, 'clone', '-q', remoteOf(app), copy)).code).toBe(0)
    const head = async (directory: string) => (await ada.git(directory, 'rev-parse', 'HEAD')).stdout
    expect(await head(copy)).toBe(await head(work))
    expect(await readFile(join(copy, 'server.js'), 'utf8')).toBe(await readFile(join(work, 'server.js'), 'utf8'))
  })

  test('a shallow clone can be pushed, and pushed again', async () => {
    const shallow = join(ada.home, `${app}-shallow`)
    await ada.git(ada.home, 'clone', '-q', '--depth', '1', `file://${work}`, shallow)
    await ada.git(shallow, 'remote', 'add', 'paas', remoteOf(`${app}-s`.slice(-30).replace(/^-+/, '')))
    for (const number of [1, 2]) {
      await ada.commit(shallow, `shallow ${number}`)
      const { code, stderr } = await ada.git(shallow, 'push', 'paas', 'main')
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining(`Released v${number}`) })
    }
  })
})

test.each(['a;reboot', '$(reboot)', 'Shop', '..', 'x/y'])(
  'the app name %s is refused by ssh and http',
  async (name) => {
    const work = join(ada.home, 'by-ssh')
    for (const remote of [box.sshRemote(name), box.httpRemote(encodeURIComponent(name))]) {
      expect((await ada.git(work, 'push', '--', remote, 'main')).code).toBe(128)
    }
    const { items } = await ada.json('apps.list', 'apps')
    expect(items.every((app) => app.name.startsWith('by-') || app.name.endsWith('-s'))).toBe(true)
  },
)

test.each(['ed25519', 'ecdsa', 'rsa'] as const)(
  'an %s key pushes once it was added, and no more when it was removed',
  async (type) => {
    const work = join(ada.home, 'by-ssh')
    const key = await box.makeKey(type, `test_${type}`, `ada's ${type} key`)
    const push = () =>
      runCommand('git', ['push', box.sshRemote('by-ssh'), `main:refs/heads/with-${type}`], {
        cwd: work,
        env: box.gitEnvironment(key),
        allowFailure: true,
      })
    expect((await push()).stderr).toContain('Permission denied (publickey)')
    await ada.done(['keys:add', `${key}.pub`])
    expect((await push()).stderr).toContain(`Pushed to with-${type}`)
    expect(
      (await ada.json('keys.list', 'keys')).items.find(({ comment }) => comment === `ada's ${type} key`)?.lastUsedAt,
    ).not.toBeNull()
    await ada.done(['keys:remove', `ada's ${type} key`])
    expect((await push()).stderr).toContain('Permission denied (publickey)')
  },
)

test('an expired token pushes nothing and says since when', async () => {
  const work = join(ada.home, 'by-ssh')
  const { id, secret } = await ada.json('tokens.create', 'tokens:create old')
  await box.stopServer()
  const db = new DatabaseSync(join(box.data, 'paas.db'))
  db.prepare('UPDATE tokens SET expires_at = ? WHERE id = ?').run(Date.UTC(2026, 0, 2), id)
  db.close()
  await box.startServer()
  const { code, stderr } = await ada.git(work, 'push', box.httpRemote('by-ssh', secret), 'main:later')
  expect(code).toBe(128)
  expect(stderr).toContain('The token "old" expired on 2026-01-02.')
  expect(stderr).not.toContain(secret)
})

describe('pushes that meet', () => {
  let work: string

  beforeAll(async () => {
    work = await ada.repository('busy')
    await ada.git(work, 'remote', 'add', 'paas', box.sshRemote('busy'))
    await ada.git(work, 'push', 'paas', 'main')
    const manifest = JSON.parse(await readFile(join(work, 'package.json'), 'utf8')) as { scripts: object }
    const scripts = { ...manifest.scripts, build: 'echo compiling; sleep 1.5' }
    await writeFile(join(work, 'package.json'), JSON.stringify({ ...manifest, scripts }))
    await ada.commit(work, 'a slow build')
  })

  test('the newest wins, and every client gets a last word and an exit code', async () => {
    const pushes: { commit: string; transcript: Transcript }[] = []
    for (const number of [1, 2, 3]) {
      await writeFile(join(work, 'note.txt'), `${number}\n`)
      const commit = await ada.commit(work, `push ${number}`)
      const transcript = new Transcript(ada.startGit(work, 'push', '--force', 'paas', `${commit}:refs/heads/main`))
      await expect.poll(() => transcript.text, { timeout: 60_000 }).toMatch(/compiling|waiting for it/)
      pushes.push({ commit, transcript })
    }
    const codes = await Promise.all(pushes.map(({ transcript }) => transcript.ended))
    expect(codes[2]).toBe(0)
    pushes.forEach(({ transcript }, index) => {
      const last = codes[index] === 0 ? /-> main\n?$/m : /\[remote rejected\] .* \(pre-receive hook declined\)/
      expect(transcript.text).toMatch(last)
      if (codes[index] !== 0) expect(transcript.text).toMatch(/newer push/i)
    })
    expect((await ada.git(work, 'ls-remote', 'paas', 'main')).stdout).toContain(pushes[2]?.commit)
    const { items } = await ada.json('releases.list', 'releases -a busy')
    expect(items[0]).toMatchObject({ commit: pushes[2]?.commit, current: true, status: 'succeeded' })
    const builds = (await ada.json('builds.list', 'builds -a busy')).items
    expect(builds.filter(({ state }) => state === 'failed')).toEqual([])
  })

  test('a client that is killed leaves the deploy to its end, and builds shows it', async () => {
    const before = await release('busy')
    const end = join(box.data, 'end-of-build')
    const manifest = JSON.parse(await readFile(join(work, 'package.json'), 'utf8')) as { scripts: object }
    const scripts = { ...manifest.scripts, build: `echo compiling; until [ -e ${end} ]; do sleep 0.1; done` }
    await writeFile(join(work, 'package.json'), JSON.stringify({ ...manifest, scripts }))
    const commit = await ada.commit(work, 'nobody waits')
    const client = ada.startGit(work, 'push', '--force', 'paas', 'main')
    const transcript = new Transcript(client)
    await expect.poll(() => transcript.text, { timeout: 60_000 }).toContain('compiling')
    process.kill(-(client.pid ?? 0), 'SIGKILL')
    await transcript.ended
    expect(await newestBuild('busy')).toMatchObject({ commit, state: 'running' })
    expect(await ada.done('builds -a busy')).toMatch(new RegExp(`^bld_\\w+ +running +${commit.slice(0, 7)}`, 'm'))
    await writeFile(end, '')
    await expect.poll(() => newestBuild('busy'), { timeout: 60_000 }).toMatchObject({ state: 'succeeded' })
    await expect.poll(() => release('busy'), { timeout: 60_000 }).not.toBe(before)
    const branch = async () => (await ada.git(work, 'ls-remote', 'paas', 'main')).stdout
    await expect.poll(branch, { timeout: 60_000 }).toContain(commit)
    expect(await ada.done('builds:output -a busy')).toContain('Verifying deploy... done.')
  })
})

test('a repository without a commit has nothing to push', async () => {
  const empty = join(ada.home, 'empty')
  await ada.git(ada.home, 'init', '-q', '-b', 'main', empty)
  expect((await ada.git(empty, 'push', box.sshRemote('empty'), 'main')).stderr).toContain(
    'src refspec main does not match any',
  )
  expect((await ada.json('apps.list', 'apps')).items.map(({ name }) => name)).not.toContain('empty')
})
