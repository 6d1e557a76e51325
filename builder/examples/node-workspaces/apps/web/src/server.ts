import { createServer } from 'node:http'
import { uptime } from 'clock'

createServer((_, response) => response.end(`up for ${uptime()}\n`)).listen(Number(process.env['PORT'] ?? 5000))
