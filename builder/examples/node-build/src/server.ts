import { createServer, type ServerResponse } from 'node:http'
import ms from 'ms'

const started = Date.now()
const port = Number(process.env['PORT'] ?? 5000)

const server = createServer((_, response: ServerResponse) => {
  response.end(`up for ${ms(Date.now() - started)}\n`)
})

server.listen(port, () => console.log(`listening on ${port}`))
process.once('SIGTERM', () => server.close(() => process.exit(0)))
