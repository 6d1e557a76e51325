import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LocalBox } from '../../scripts/local-box.ts'
import { Person } from './person.ts'
import { writeTodoApp } from './todo-app.ts'

/** The to-do app works through the machine's own psql, which only processes without containers find. */
let box: LocalBox
let ada: Person
let cwd: string
beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  ada = await Person.owner(box)
  cwd = await ada.repository('todos')
  await writeTodoApp(cwd)
  await ada.commit(cwd, 'to-do app')
  await ada.done('apps:create todos', { cwd })
})
afterAll(async () => {
  await ada?.paas('apps:destroy -a todos --confirm todos')
  await box?.[Symbol.asyncDispose]()
})

/** Through the router, as a visitor. */
function visit(method: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(`http://127.0.0.1:${box.ports.http}`)
    const outgoing = request({ hostname, port, method, path, headers: { host: `todos.localhost` } }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
    })
    outgoing.on('error', reject).end()
  })
}

test('addons are made before the first push, and the push takes their variables', async () => {
  const { stderr } = await ada.paas('addons:create postgres', { cwd })
  expect(stderr).toMatch(
    /Creating postgres for todos\.\.\. done, postgresql-\w+-\d+ is DATABASE_URL, POSTGRESQL_AMBER_URL/,
  )
  await ada.done('addons:create redis --name todo-queue', { cwd })
  const { items } = await ada.json('addons.list', 'addons', { cwd })
  expect(items.map(({ service, state }) => `${service} ${state}`).sort()).toEqual([
    'postgresql available',
    'redis available',
  ])
  const push = await ada.git(cwd, 'push', 'paas', 'main')
  expect(push.code, push.stderr).toBe(0)
  await ada.done('scale worker=1', { cwd })
}, 180_000)

test('a to-do is kept in Postgres, and the worker gets it through Redis', async () => {
  expect(await visit('POST', '/milk')).toMatchObject({ status: 200 })
  const todos = async () => JSON.parse((await visit('GET', '/')).body) as unknown
  await expect.poll(todos, { timeout: 30_000 }).toEqual([{ id: 1, what: 'milk', done: true }])
})

test('psql and redis-cli work from the command line', async () => {
  expect(await ada.done(['pg:psql', '-c', 'SELECT what FROM todos'], { cwd })).toContain('milk')
  expect(await ada.done(['pg:psql'], { cwd, stdin: 'SELECT 6 * 7 AS answer;\n' })).toContain('42')
  expect(await ada.done('redis:cli LLEN todo', { cwd })).toMatch(/0/)
})

test('a variable of an addon cannot be overwritten or unset by hand', async () => {
  const refused = await ada.paas('config:set DATABASE_URL=postgres://elsewhere', { cwd })
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/DATABASE_URL belongs to the addon postgresql-/)
  expect((await ada.paas('config:unset DATABASE_URL', { cwd })).code).toBe(1)
  expect(await ada.done('config:get DATABASE_URL', { cwd })).toMatch(/^postgres:\/\//)
})

test('a rotated login reaches the app by a release, and visitors notice nothing', async () => {
  const before = await ada.done('config:get DATABASE_URL', { cwd })
  const failures: string[] = []
  let going = true
  const visiting = (async () => {
    while (going) {
      const { status, body } = await visit('GET', '/')
      if (status !== 200) failures.push(`${status} ${body}`)
    }
  })()
  const { stderr } = await ada.paas('addons:credentials:rotate DATABASE', { cwd })
  expect(stderr).toMatch(/done, v\d+/)
  going = false
  await visiting
  expect(failures).toEqual([])
  expect(await ada.done('config:get DATABASE_URL', { cwd })).not.toBe(before)
  const old = async () => (await ada.json('addons.credentials', 'addons:credentials DATABASE', { cwd })).items.length
  await expect.poll(old, { timeout: 90_000, interval: 1_000 }).toBe(1)
}, 180_000)

test('a rollback brings config vars back, and leaves the addon attached with the login of today', async () => {
  await ada.done('config:set GREETING=new', { cwd })
  const today = await ada.done('config:get DATABASE_URL', { cwd })
  await ada.done('rollback v1', { cwd })
  expect((await ada.paas('config:get GREETING', { cwd })).code).not.toBe(0)
  expect(await ada.done('config:get DATABASE_URL', { cwd })).toBe(today)
  expect(JSON.parse((await visit('GET', '/')).body)).toHaveLength(1)
})

test('destroying needs the name, and takes the variables away by a release', async () => {
  expect((await ada.paas('addons:destroy todo-queue', { cwd })).code).toBe(2)
  const { stderr } = await ada.paas('addons:destroy todo-queue --confirm todo-queue', { cwd })
  expect(stderr).toContain('Destroying todo-queue... done')
  expect((await ada.paas('config:get REDIS_URL', { cwd })).code).not.toBe(0)
  const { items } = await ada.json('addons.list', 'addons', { cwd })
  expect(items).toHaveLength(1)
})
