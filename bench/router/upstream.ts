import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, Program } from './processes.ts'

const SMALL_BYTES = 1_024
const LARGE_BYTES = 1_048_576

/** Reads a whole POST before it answers, which nginx's own `return` does not. */
const SINK = `
const net = require('node:net')
net.createServer((socket) => {
  let left = -1
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    let at = 0
    while (at < chunk.length) {
      if (left < 0) {
        const end = chunk.indexOf('\\r\\n\\r\\n', at) + 4
        left = Number(/content-length: (\\d+)/i.exec(chunk.toString('latin1', at, end))?.[1] ?? 0)
        at = end
      }
      const taken = Math.min(left, chunk.length - at)
      left -= taken
      at += taken
      if (left > 0) continue
      left = -1
      socket.write('HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok')
    }
  })
}).listen(Number(process.argv[1]), '127.0.0.1', 4096)
`

/** The ports of what every proxy of the bench stands before. */
export type Upstreams = { small: number; sink: number }

/** nginx with 1 KB at `/` and 1 MB at `/1m`, and a sink for uploads. */
export async function startUpstreams(directory: string): Promise<Upstreams & AsyncDisposable> {
  const small = await freePort()
  const sink = await freePort()
  writeFileSync(join(directory, '1m'), 'x'.repeat(LARGE_BYTES))
  const config = `
worker_processes 1; daemon off; pid ${directory}/upstream.pid; error_log stderr crit;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 600; sendfile on; tcp_nopush off;
  client_body_temp_path ${directory}; proxy_temp_path ${directory}; default_type text/plain;
  fastcgi_temp_path ${directory}; uwsgi_temp_path ${directory}; scgi_temp_path ${directory};
  server {
    listen 127.0.0.1:${small} backlog=4096; root ${directory};
    location / { return 200 '${'x'.repeat(SMALL_BYTES)}'; }
    location = /1m { }
  }
}`
  const path = join(directory, 'upstream.conf')
  writeFileSync(path, config)
  const programs = new AsyncDisposableStack()
  const nginx = programs.use(new Program('nginx', ['-c', path, '-p', directory, '-e', 'stderr']))
  const uploads = programs.use(new Program(process.execPath, ['-e', SINK, String(sink)]))
  await nginx.listening(small)
  await uploads.listening(sink)
  return { small, sink, [Symbol.asyncDispose]: () => programs.disposeAsync() }
}
