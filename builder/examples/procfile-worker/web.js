import { createServer } from 'node:http'

const server = createServer((_, response) => response.end('web\n'))
server.listen(Number(process.env.PORT ?? 5000))
process.once('SIGTERM', () => server.close(() => process.exit(0)))
