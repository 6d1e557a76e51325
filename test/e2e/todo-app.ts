import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Keeps todos in Postgres (by the machine's psql) and hands each to a worker through Redis; no packages needed. */
const SHARED = `
const { execFile } = require('node:child_process')
const { connect } = require('node:net')
exports.sql = (text, ...values) => new Promise((resolve, reject) => {
  const variables = values.flatMap((value, n) => ['-v', 'v' + (n + 1) + '=' + value])
  const child = execFile('psql', [process.env.DATABASE_URL, '-XqtA', '-v', 'ON_ERROR_STOP=1', ...variables],
    (error, out) => (error ? reject(error) : resolve(out.trim())))
  child.stdin.end(text)
})
exports.redis = (...words) => new Promise((resolve, reject) => {
  const { hostname, port, username, password } = new URL(process.env.REDIS_URL)
  const encode = (list) => '*' + list.length + '\\r\\n' + list.map((word) => '$' + Buffer.byteLength(word) + '\\r\\n' + word + '\\r\\n').join('')
  const socket = connect({ host: hostname, port: Number(port) })
  let heard = ''
  socket.on('error', reject).on('data', (data) => {
    heard += data
    const lines = heard.split('\\r\\n')
    if (lines.length < 3) return
    socket.end()
    resolve(lines.slice(1, -1))
  })
  socket.write(encode(['AUTH', username, password]) + encode(words))
})
`

const WEB = `
const { sql, redis } = require('./shared.cjs')
require('node:http').createServer(async (request, response) => {
  try {
    if (request.method === 'POST') {
      const id = await sql("INSERT INTO todos (what) VALUES (:'v1') RETURNING id", request.url.slice(1))
      await redis('LPUSH', 'todo', id)
    }
    response.end(await sql("SELECT coalesce(json_agg(t ORDER BY id), '[]') FROM todos t"))
  } catch (error) {
    response.writeHead(500).end(String(error))
  }
}).listen(process.env.PORT)
process.on('SIGTERM', () => process.exit(0))
`

const WORKER = `
const { sql, redis } = require('./shared.cjs')
const work = async () => {
  for (;;) {
    const answer = await redis('BRPOP', 'todo', '1').catch(() => [])
    const id = answer.at(-1)
    if (/^\\d+$/.test(id ?? '') && answer.length > 2) await sql("UPDATE todos SET done = true WHERE id = :'v1'", id)
    else await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
void work()
process.on('SIGTERM', () => process.exit(0))
`

const PROCFILE = `web: node web.cjs
worker: node worker.cjs
release: psql "$DATABASE_URL" -Xqc "CREATE TABLE IF NOT EXISTS todos (id serial PRIMARY KEY, what text, done boolean NOT NULL DEFAULT false)"
`

/** Writes the app over whatever example is there. */
export async function writeTodoApp(directory: string): Promise<void> {
  const files = { 'shared.cjs': SHARED, 'web.cjs': WEB, 'worker.cjs': WORKER, Procfile: PROCFILE }
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text)
}
