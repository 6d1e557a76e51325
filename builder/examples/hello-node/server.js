import { createServer } from 'node:http'

const release = process.env.PAAS_RELEASE ?? 'local'
const instance = process.env.PAAS_INSTANCE ?? 'web.1'
const greeting = process.env.GREETING ?? 'Hello from your own box'

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hello-node</title>
<style>
  body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto 0; padding: 0 1.5rem }
  code { background: color-mix(in srgb, currentColor 10%, transparent); padding: .1em .35em; border-radius: .3em }
  :root { color-scheme: light dark }
</style>
<h1>${escape(greeting)}</h1>
<p>This is release <code>${escape(release)}</code>, answered by <code>${escape(instance)}</code>.</p>
<p>Change <code>server.js</code>, commit, and <code>git push paas main</code>.</p>
</html>
`

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  if (pathname === '/') return send(response, 200, 'text/html; charset=utf-8', page)
  if (pathname === '/release') return send(response, 200, 'application/json', JSON.stringify({ release, instance }))
  return send(response, 404, 'text/plain; charset=utf-8', 'Not found\n')
})

server.listen(Number(process.env.PORT ?? 5000), () => console.log(`listening on ${server.address().port}`))

process.once('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
})

function send(response, status, type, body) {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

function escape(text) {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
}
