const { createServer } = require('node:http')
const ms = require('ms')

createServer((_, response) => response.end(`up for ${ms(Math.round(process.uptime() * 1000))}\n`)).listen(process.env.PORT ?? 5000)
