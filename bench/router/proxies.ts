import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RouterClient } from '../../router/client.ts'
import { DEFAULT_HEALTH_CHECK, DEFAULT_TIMEOUTS, type ServiceSpec } from '../../router/contract.ts'
import { Program } from './processes.ts'
import { SINK_PORT, UPSTREAM_PORT } from './upstream.ts'

export const HOSTS = 200
const ROUTER = new URL('../../router/main.ts', import.meta.url).pathname

export type ProxyName = 'router' | 'nginx' | 'haproxy' | 'caddy'
export type Rival = { name: ProxyName; port: number; program: Program }

/** `h0.example.test` and so on; the upload sink is at `post.example.test`. */
export function host(index: number): string {
  return `h${index}.example.test`
}

const indexes = Array.from({ length: HOSTS }, (_, index) => index)

/** Starts one proxy with one worker and the same 200 hosts. */
export async function startProxy(name: ProxyName, directory: string): Promise<Rival> {
  const own = join(directory, name)
  mkdirSync(own, { recursive: true })
  const proxy = await { router: startRouter, nginx: startNginx, haproxy: startHaproxy, caddy: startCaddy }[name](own)
  await proxy.program.listening(proxy.port)
  return proxy
}

async function startRouter(directory: string): Promise<Rival> {
  const port = 19_201
  const socket = join(directory, 'control.sock')
  const program = new Program(process.execPath, ['--min-semi-space-size=16', '--max-semi-space-size=32', ROUTER], {
    PAAS_ROUTER_HTTP_HOST: '127.0.0.1',
    PAAS_ROUTER_HTTP_PORT: String(port),
    PAAS_ROUTER_STATE: directory,
    PAAS_ROUTER_SOCKET: socket,
    PAAS_ROUTER_LOG_LEVEL: 'error',
  })
  await program.listening(port)
  const services = indexes.map((index) => service(`h${index}`, host(index), UPSTREAM_PORT))
  services.push(service('post', 'post.example.test', SINK_PORT))
  const client = new RouterClient(socket)
  await client.put({ version: 1, engineBootId: 'bench', services })
  for (let tries = 0; tries < 200; tries += 1) {
    const { services: all } = await client.status()
    if (all.every(({ targets }) => targets.every(({ state }) => state === 'healthy'))) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { name: 'router', port, program }
}

function service(name: string, hostName: string, port: number): ServiceSpec {
  const targets = [{ id: name, instance: 'web.1', release: 1, host: '127.0.0.1', port }]
  const healthCheck = { ...DEFAULT_HEALTH_CHECK, successes: 1 }
  const timeouts = DEFAULT_TIMEOUTS
  return { name, hosts: [hostName], targets, maintenance: false, empty: 'blank', healthCheck, timeouts }
}

async function startNginx(directory: string): Promise<Rival> {
  const port = 19_202
  const upstream = (name: string, to: number) =>
    `upstream ${name} { server 127.0.0.1:${to}; keepalive 1024; keepalive_requests 100000000; }`
  const server = (name: string, to: string) =>
    `server { listen 127.0.0.1:${port}; server_name ${name}; location / { proxy_pass http://${to}; } }`
  const path = join(directory, 'nginx.conf')
  writeFileSync(
    path,
    `worker_processes 1; daemon off; pid ${directory}/nginx.pid; error_log stderr crit;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 600; server_names_hash_bucket_size 128;
  server_names_hash_max_size 4096;
  client_body_temp_path ${directory}; proxy_temp_path ${directory}; fastcgi_temp_path ${directory};
  uwsgi_temp_path ${directory}; scgi_temp_path ${directory};
  client_body_buffer_size 128k; proxy_buffers 16 16k; proxy_max_temp_file_size 0;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  proxy_http_version 1.1; proxy_set_header Connection $connection_upgrade; proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Port $server_port;
  proxy_set_header X-Forwarded-Host $host; proxy_set_header Via "1.1 router"; proxy_set_header X-Request-Id $request_id;
  proxy_set_header X-Request-Start $msec;
  server { listen 127.0.0.1:${port} backlog=4096 default_server; return 404; }
  ${upstream('small', UPSTREAM_PORT)} ${upstream('sink', SINK_PORT)}
  ${indexes.map((index) => server(host(index), 'small')).join('\n')}
  ${server('post.example.test', 'sink')}
}`,
  )
  return { name: 'nginx', port, program: new Program('nginx', ['-c', path, '-p', directory, '-e', 'stderr']) }
}

async function startHaproxy(directory: string): Promise<Rival> {
  const port = 19_203
  const map = [...indexes.map((index) => `${host(index)} small`), 'post.example.test sink']
  writeFileSync(join(directory, 'hosts.map'), `${map.join('\n')}\n`)
  const path = join(directory, 'haproxy.cfg')
  writeFileSync(
    path,
    `global
  nbthread 1
  maxconn 9000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout http-keep-alive 60s
  option forwardfor
  http-reuse safe
frontend in
  bind 127.0.0.1:${port} backlog 4096
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Port ${port}
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Request-Id %[uuid()]
  http-request set-header Via "1.1 router"
  use_backend %[req.hdr(host),field(1,:),lower,map_str(${directory}/hosts.map,small)]
backend small
  server s 127.0.0.1:${UPSTREAM_PORT} pool-max-conn 2048
backend sink
  server s 127.0.0.1:${SINK_PORT} pool-max-conn 2048
`,
  )
  return { name: 'haproxy', port, program: new Program('haproxy', ['-f', path, '-q']) }
}

async function startCaddy(directory: string): Promise<Rival> {
  const port = 19_204
  const site = (name: string, to: number) => `http://${name}:${port} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${to} {
    transport http {
      keepalive_idle_conns_per_host 1024
    }
  }
}`
  const sites = [...indexes.map((index) => site(host(index), UPSTREAM_PORT)), site('post.example.test', SINK_PORT)]
  const path = join(directory, 'Caddyfile')
  writeFileSync(path, `{\n  admin off\n  auto_https off\n  log {\n    level ERROR\n  }\n}\n${sites.join('\n')}\n`)
  const environment = { GOMAXPROCS: '1', HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory }
  return {
    name: 'caddy',
    port,
    program: new Program('caddy', ['run', '--config', path, '--adapter', 'caddyfile'], environment),
  }
}
