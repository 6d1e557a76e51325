import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LocalBox } from '../../scripts/local-box.ts'
import { query } from '../sql.ts'
import { Person, Transcript } from './person.ts'
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

async function askPostgres(url: string): Promise<unknown> {
  return (await query(url, `SELECT 'here' AS answer`))[0]?.['answer']
}

async function askRedis(url: string): Promise<unknown> {
  const { port, username, password } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  let said = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  socket.write(`AUTH ${username} ${decodeURIComponent(password)}\r\nECHO here\r\nQUIT\r\n`)
  await once(socket, 'close')
  return /here/.exec(said)?.[0]
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
}, 300_000)

test('a to-do is kept in Postgres, and the worker gets it through Redis', async () => {
  expect(await visit('POST', '/milk')).toMatchObject({ status: 200 })
  const todos = async () => JSON.parse((await visit('GET', '/')).body) as unknown
  await expect.poll(todos, { timeout: 60_000 }).toEqual([{ id: 1, what: 'milk', done: true }])
})

test('psql and redis-cli work from the command line', async () => {
  expect(await ada.done(['pg:psql', '-c', 'SELECT what FROM todos'], { cwd })).toContain('milk')
  expect(await ada.done(['pg:psql'], { cwd, stdin: 'SELECT 6 * 7 AS answer;\n' })).toContain('42')
  expect(await ada.done('redis:cli LLEN todo', { cwd })).toMatch(/0/)
})

test('a tunnel carries many connections to a port of this machine until Ctrl-C', async () => {
  for (const [words, ask] of [
    ['pg:tunnel', askPostgres],
    ['redis:tunnel', askRedis],
  ] as const) {
    const child = ada.start(words, { cwd })
    const said = new Transcript(child)
    const url = () => /\S+:\/\/\S+@127\.0\.0\.1:\d+\S*/.exec(said.text)?.[0]
    await expect.poll(url, { timeout: 60_000 }).toBeDefined()
    expect(await Promise.all(Array.from({ length: 8 }, () => ask(url() ?? '')))).toEqual(Array(8).fill('here'))
    child.kill('SIGINT')
    expect(await said.ended).toBe(0)
    await expect(ask(url() ?? '')).rejects.toThrow(/ECONNREFUSED/)
  }
})

test('a MariaDB beside Postgres has a name of its own, and its client works from the command line', async () => {
  expect((await ada.paas(['mysql:cli', '-e', 'SELECT 1'], { cwd })).stderr).toContain('todos has no MariaDB')
  const { stderr } = await ada.paas('addons:create mysql --name second-kind', { cwd })
  expect(stderr).toContain('done, second-kind is MYSQL_AMBER_URL')
  expect(await ada.done(['mysql:cli', '-e', 'CREATE TABLE kept (n INT); SELECT 6 * 7'], { cwd })).toContain('42')
  expect(await ada.done('mysql:cli MYSQL_AMBER', { cwd, stdin: 'SHOW TABLES;\n' })).toContain('kept')
  await ada.done('addons:destroy second-kind --no-backup --confirm second-kind', { cwd })
}, 300_000)

test('a database is looked into by its reports', async () => {
  const reports = [
    ...['pg:ps', 'pg:sessions', 'pg:locks', 'pg:blocking', 'pg:long-running-queries', 'pg:outliers', 'pg:calls'],
    ...['pg:table-size', 'pg:bloat', 'pg:unused-indexes', 'pg:index-usage', 'pg:cache-hit', 'pg:vacuum-stats'],
    ...['pg:diagnose', 'pg:extensions', 'pg:settings'],
  ]
  for (const report of reports) {
    const { columns, rows } = JSON.parse(await ada.done(`${report} --json`, { cwd })) as {
      columns: string[]
      rows: unknown[][]
    }
    expect(columns.length, report).toBeGreaterThan(1)
    for (const row of rows) expect(row, report).toHaveLength(columns.length)
  }
  expect(await ada.done('pg:table-size', { cwd })).toMatch(/^public\.todos +\d+ kB/m)
  expect(await ada.done('pg:diagnose DATABASE', { cwd })).toMatch(/^LEVEL +CHECK +FOUND +ADVICE$/m)
})

test('sessions are ended, extensions added and settings set, by name', async () => {
  await ada.done('pg:extensions:add pg_trgm', { cwd })
  expect(await ada.done(['pg:psql', '-c', `SELECT similarity('milk', 'milk') AS alike`], { cwd })).toContain('1')
  await ada.done('pg:extensions:remove pg_trgm', { cwd })
  const refused = await ada.paas('pg:extensions:add file_fdw', { cwd })
  expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('beyond its database') })
  await ada.done('pg:settings:set statement_timeout=45s', { cwd })
  expect(await ada.done(['pg:psql', '-c', 'SHOW statement_timeout'], { cwd })).toContain('45s')
  await ada.done('pg:settings:set statement_timeout=', { cwd })
  expect((await ada.paas('pg:kill 4000000', { cwd })).stderr).toContain('no session 4000000')
  expect((await ada.paas('pg:killall', { cwd })).stderr).toMatch(/Ended \d+ connections/)
  await expect.poll(async () => (await visit('GET', '/')).status, { timeout: 60_000 }).toBe(200)
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
}, 300_000)

test('a rollback brings config vars back, and leaves the addon attached with the login of today', async () => {
  await ada.done('config:set GREETING=new', { cwd })
  const today = await ada.done('config:get DATABASE_URL', { cwd })
  await ada.done('rollback v1', { cwd })
  expect((await ada.paas('config:get GREETING', { cwd })).code).not.toBe(0)
  expect(await ada.done('config:get DATABASE_URL', { cwd })).toBe(today)
  expect(JSON.parse((await visit('GET', '/')).body)).toHaveLength(1)
})

test('an addon is shown, renamed, resized, restarted, attached, promoted and exposed', async () => {
  expect(await ada.done('addons:plans', { cwd })).toMatch(/postgresql/)
  const { name } = await ada.json('addons.info', 'addons:info DATABASE', { cwd })
  await ada.done(`addons:rename ${name} main-database`, { cwd })
  await ada.done('addons:resize main-database small', { cwd })
  expect(await ada.json('addons.info', 'addons:info DATABASE', { cwd })).toMatchObject({
    name: 'main-database',
    plan: 'small',
    state: 'available',
  })
  await ada.done('addons:restart main-database', { cwd })
  await expect.poll(async () => (await visit('GET', '/')).status, { timeout: 60_000 }).toBe(200)
  await ada.done('addons:create postgres --plan shared --name second-database', { cwd })
  const before = await ada.done('config:get DATABASE_URL', { cwd })
  await ada.done('addons:promote second-database', { cwd })
  expect(await ada.done('config:get DATABASE_URL', { cwd })).not.toBe(before)
  await ada.done('addons:promote main-database', { cwd })
  expect(await ada.done('config:get DATABASE_URL', { cwd })).toBe(before)
  const names = async () => (await ada.json('addons.info', 'addons:info second-database', { cwd })).attachments
  for (const { name: attachment } of await names()) await ada.done(`addons:detach ${attachment}`, { cwd })
  expect(await ada.done('config', { cwd })).not.toContain('POSTGRESQL_AQUA_URL')
  const { exposed } = JSON.parse(await ada.done('addons:expose main-database --json', { cwd }))
  expect(exposed).toMatchObject({ address: '127.0.0.1', allow: [] })
  await ada.done('addons:unexpose main-database', { cwd })
  expect((await ada.json('addons.info', 'addons:info DATABASE', { cwd })).exposed).toBeNull()
  await ada.done('addons:destroy second-database --no-backup --confirm second-database', { cwd })
  expect((await ada.json('backups.list', 'backups', { cwd })).items).toEqual([])
}, 300_000)

test('data of a database go to files, other databases and other servers, and come from there', async () => {
  const [scratch, confirm] = ['--addon SCRATCH', '--confirm scratch-database']
  const todosOf = async (name: string) =>
    (await query((await ada.done(`config:get ${name}`, { cwd })).trim(), 'SELECT what FROM todos')).map(
      ({ what }) => what,
    )
  await ada.done('addons:create postgres --plan shared --name scratch-database --as SCRATCH', { cwd })
  await ada.done('pg:export todos.pgdump', { cwd })
  const sql = await ada.done('pg:export - --sql', { cwd })
  expect(sql).toContain('COPY public.todos')
  await ada.done(`pg:import todos.pgdump ${scratch}`, { cwd })
  expect(await todosOf('SCRATCH_URL')).toEqual(['milk'])
  const refused = await ada.paas(`pg:import - ${scratch}`, { cwd, stdin: sql })
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('scratch-database is not empty') })
  const { stderr } = await ada.paas(`pg:import - ${scratch} ${confirm}`, { cwd, stdin: sql })
  expect(stderr).toMatch(/Importing - into SCRATCH\.\.\. done, .* in scratch-database; it was backed up as f001/)
  const stdin = 'postgres://ada:hush@127.0.0.1/todos\n'
  const elsewhere = await ada.paas(`pg:import --url ${scratch} ${confirm}`, { cwd, stdin })
  expect(elsewhere).toMatchObject({ code: 4, stderr: expect.stringContaining('not an address of the public internet') })
  expect(elsewhere.stderr).not.toContain('hush')

  await ada.done('pg:fork --name fork-database --plan shared --as FORK', { cwd })
  expect(await todosOf('FORK_URL')).toEqual(['milk'])
  const fork = (await ada.done('config:get FORK_URL', { cwd })).trim()
  await query(fork, `INSERT INTO todos (what) VALUES ('eggs')`)
  await ada.done(`pg:copy FORK SCRATCH ${confirm}`, { cwd })
  expect(await todosOf('SCRATCH_URL')).toEqual(['milk', 'eggs'])
  await query(fork, `DELETE FROM todos WHERE what = 'milk'`)
  await ada.done(`pg:push ${fork} SCRATCH ${confirm}`, { cwd })
  expect(await todosOf('SCRATCH_URL')).toEqual(['eggs'])
  const full = await ada.paas(`pg:pull DATABASE ${fork}`, { cwd })
  expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining('is not empty, and stays as it is') })
  await query(fork, 'DROP TABLE todos')
  await ada.done(`pg:pull DATABASE ${fork}`, { cwd })
  expect(await todosOf('FORK_URL')).toEqual(['milk'])
  const { items } = await ada.json('transfers.list', 'pg:transfers', { cwd })
  expect(items.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
    ...['import succeeded', 'copy succeeded', 'fork succeeded', 'import succeeded', 'import succeeded'],
  ])
  for (const name of ['scratch-database', 'fork-database']) {
    await ada.done(`addons:destroy ${name} --no-backup --confirm ${name}`, { cwd })
  }
}, 300_000)

test('a database moves to a newer server after a rehearsal, and the old one stays', async () => {
  await ada.done('pg:upgrade:prepare', { cwd })
  const rehearsal = await ada.paas('pg:upgrade:dryrun', { cwd })
  expect(rehearsal.stderr).toMatch(/\d+ tables with 1 rows were followed; apps could only read for about [\d.]+ s/)
  expect((await ada.paas('pg:upgrade:run', { cwd })).code).toBe(2)
  const { code, stderr } = await ada.paas('pg:upgrade:run --confirm main-database', { cwd })
  expect(code, stderr).toBe(0)
  await expect.poll(async () => (await visit('POST', '/bread')).status, { timeout: 60_000 }).toBe(200)
  expect(JSON.parse((await visit('GET', '/')).body)).toHaveLength(2)
  const { items } = await ada.json('addons.list', 'addons', { cwd })
  const former = items.find(({ name }) => name.startsWith('main-database-v'))?.name
  await ada.done(`addons:destroy ${former} --no-backup --confirm ${former}`, { cwd })
}, 300_000)

test('destroying needs the name, and takes the variables away by a release', async () => {
  expect((await ada.paas('addons:destroy todo-queue', { cwd })).code).toBe(2)
  const { stderr } = await ada.paas('addons:destroy todo-queue --confirm todo-queue', { cwd })
  expect(stderr).toContain('Destroying todo-queue... done')
  expect((await ada.paas('config:get REDIS_URL', { cwd })).code).not.toBe(0)
  const { items } = await ada.json('addons.list', 'addons', { cwd })
  expect(items).toHaveLength(1)
})
