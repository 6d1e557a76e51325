import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { RouterClient } from '../../router/client.ts'
import type { RouterStatus } from '../../router/contract/call.ts'
import {
  DEFAULT_HEALTH_CHECK,
  DEFAULT_TIMEOUTS,
  type ServiceRules,
  type ServiceSpec,
} from '../../router/contract/table.ts'
import type { Pair } from '../../router/tls/testing/self-signed.ts'
import { freePort, Program } from './processes.ts'
import type { Upstreams } from './upstream.ts'

export const HOSTS = 200
const READY_MS = 30_000
const ROUTER = new URL('../../router/main.ts', import.meta.url).pathname

export type ProxyName = 'router' | 'nginx' | 'haproxy' | 'caddy'
/** `label` is what the table calls it. */
export type Rival = { name: ProxyName; label: string; port: number; tlsPort: number; program: Program }

/** Asked for over TLS, one of 201 there: clients name by SNI whom they connect to, which has to resolve, and Host must agree. */
export const TLS_HOST = 'localhost'
/** In the certificate of each proxy's TLS hosts. */
export const TLS_NAMES = [TLS_HOST, '*.example.test']
/** For all the same, in this order, so that none is charged for its clients' taste. */
const CIPHERS = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256'

/** How a proxy differs from the ordinary one. */
export type Variant = {
  /** Of its directory; its name, where it differs in nothing. */
  label?: string
  hosts?: number
  /** Of the router's V8, in place of those that it is run with. */
  flags?: string[]
  /** Log, metrics and limits; the router and nginx only. */
  full?: boolean
  /** The router's log, read by somebody; `full` has it too. */
  log?: boolean
}

type Site = {
  directory: string
  port: number
  tlsPort: number
  upstreams: Upstreams
  certificate: Pair
  /** Chain and key in one file. */
  pem: string
} & Variant

/** `h0.example.test` and so on; the upload sink is at `post.example.test`. */
export function host(index: number): string {
  return `h${index}.example.test`
}

function indexesOf(hosts = HOSTS): number[] {
  return Array.from({ length: hosts }, (_, index) => index)
}

const indexes = indexesOf()

export type Stage = { directory: string; upstreams: Upstreams; certificate: Pair }

/** Starts one proxy with one worker and the same 200 hosts, plain and over TLS, where there is one more. */
export async function startProxy(
  name: ProxyName,
  { directory: above, ...rest }: Stage,
  variant: Variant = {},
): Promise<Rival> {
  const directory = join(above, (variant.label ?? name).replaceAll(' ', '-'))
  mkdirSync(directory, { recursive: true })
  const pem = join(directory, 'localhost.pem')
  writeFileSync(pem, rest.certificate.chain + rest.certificate.key)
  const site = { directory, pem, port: await freePort(), tlsPort: await freePort(), ...rest, ...variant }
  const program = await { router: startRouter, nginx: startNginx, haproxy: startHaproxy, caddy: startCaddy }[name](site)
  await program.listening(site.port)
  await program.listening(site.tlsPort)
  return { name, label: variant.label ?? name, port: site.port, tlsPort: site.tlsPort, program }
}

/** As docs/operating.md has them. */
const FLAGS = ['--max-semi-space-size=16', '--no-parallel-scavenge']
/** Limits that count and never bite. */
const RULES: ServiceRules = {
  rateLimit: { perSecond: 1_000_000, burst: 1_000_000 },
  concurrency: { perTarget: 1_000, queue: 100 },
  maxBodyBytes: 1_000_000_000,
  responseHeaders: [{ name: 'X-Frame-Options', value: 'DENY' }],
}
const NGINX_HTTP = `log_format router '$time_iso8601 $request_method "$request_uri" $host $request_id $remote_addr '
    '$upstream_addr $upstream_connect_time $request_time $status $body_bytes_sent $scheme';
  limit_req_zone $binary_remote_addr zone=rate:10m rate=1000000r/s;
  limit_conn_zone $server_name zone=concurrency:10m;`
const NGINX_SERVER = `limit_req zone=rate burst=1000000 nodelay; limit_conn concurrency 1000;
    client_max_body_size 1000m; add_header X-Frame-Options DENY always;`
const TLS = { mode: 'custom', redirect: false, hstsSeconds: 0 } as const
/** Takes the log as the server does, and throws it away. */
const READER = `require('node:http').get({ socketPath: process.argv[1], path: '/events' }, (r) => r.resume())`

async function startRouter({
  directory,
  port,
  tlsPort,
  upstreams,
  certificate,
  hosts,
  flags,
  full,
  log,
}: Site): Promise<Program> {
  const socket = join(directory, 'control.sock')
  const program = new Program(process.execPath, [...(flags ?? FLAGS), ROUTER], {
    PAAS_ROUTER_HTTP_HOST: '127.0.0.1',
    PAAS_ROUTER_HTTP_PORT: String(port),
    PAAS_ROUTER_HTTPS_PORT: String(tlsPort),
    PAAS_ROUTER_STATE: directory,
    PAAS_ROUTER_SOCKET: socket,
    PAAS_ROUTER_LOG_LEVEL: 'error',
    PAAS_ROUTER_WORKERS: '1',
    ...(full ? { PAAS_ROUTER_METRICS_PORT: String(await freePort()) } : {}),
  })
  await program.listening(socket)
  const services = appServices(hosts, upstreams.small, full ? { rules: RULES } : {})
  services.push(service('post', 'post.example.test', upstreams.sink))
  services.push({ ...service('tls', TLS_HOST, upstreams.small), tls: TLS })
  const client = new RouterClient(socket)
  await client.put({ version: 1, engineBootId: 'bench', services })
  for (const { name, tls } of services) if (tls) await client.putCertificate(name, { service: name, ...certificate })
  await answering(client, ({ services: all }) =>
    all.every(({ targets }) => targets.every(({ state }) => state === 'healthy')),
  )
  if (full || log) program.beside(new Program(process.execPath, ['-e', READER, socket]))
  return program
}

async function answering(client: RouterClient, enough: (status: RouterStatus) => boolean): Promise<void> {
  for (const deadline = Date.now() + READY_MS; Date.now() < deadline; ) {
    if (enough(await client.status())) return
    await pause(100)
  }
  throw new Error('the router is not ready')
}

/** An app for each host, over TLS too; of thousands, ten for each, and plain. */
function appServices(hosts: number | undefined, port: number, rules: { rules?: ServiceRules }): ServiceSpec[] {
  const names = indexesOf(hosts).map(host)
  const each = names.length > 1_000 ? 10 : 1
  return Array.from({ length: Math.ceil(names.length / each) }, (_, index) => ({
    ...service(`h${index}`, '', port),
    ...rules,
    ...(each === 1 ? { tls: TLS } : {}),
    hosts: names.slice(index * each, (index + 1) * each),
  }))
}

function service(name: string, hostName: string, port: number): ServiceSpec {
  const targets = [{ id: name, instance: 'web.1', release: 1, host: '127.0.0.1', port }]
  const healthCheck = { ...DEFAULT_HEALTH_CHECK, successes: 1 }
  const timeouts = DEFAULT_TIMEOUTS
  return { name, hosts: [hostName], targets, maintenance: false, empty: 'blank', healthCheck, timeouts }
}

async function startNginx({ directory, port, tlsPort, upstreams, pem, full }: Site): Promise<Program> {
  const upstream = (name: string, to: number) =>
    `upstream ${name} { server 127.0.0.1:${to}; keepalive 1024; keepalive_requests 100000000; }`
  const plain = `listen 127.0.0.1:${port};`
  const secure = `listen 127.0.0.1:${tlsPort} ssl http2;`
  const server = (name: string, to: string, doors: string) =>
    `server { ${doors} server_name ${name}; ${limits} location / { proxy_pass http://${to}; } }`
  const limits = full ? NGINX_SERVER : ''
  const log = full ? `access_log ${directory}/access.log router buffer=64k flush=1s` : 'access_log off'
  const path = join(directory, 'nginx.conf')
  writeFileSync(
    path,
    `worker_processes 1; daemon off; pid ${directory}/nginx.pid; error_log stderr crit;
events { worker_connections 16384; }
http {
  ${full ? NGINX_HTTP : ''}
  ${log}; keepalive_requests 100000000; keepalive_timeout 600; server_names_hash_bucket_size 128;
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
  ${upstream('small', upstreams.small)} ${upstream('sink', upstreams.sink)}
  ssl_certificate ${pem}; ssl_certificate_key ${pem}; ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers on;
  ssl_conf_command Ciphersuites ${CIPHERS}; ssl_session_cache shared:all:10m;
  server { listen 127.0.0.1:${tlsPort} ssl http2 backlog=4096 default_server; return 404; }
  ${server(TLS_HOST, 'small', secure)}
  ${indexes.map((index) => server(host(index), 'small', `${plain} ${secure}`)).join('\n')}
  ${server('post.example.test', 'sink', plain)}
}`,
  )
  return new Program('nginx', ['-c', path, '-p', directory, '-e', 'stderr'])
}

async function startHaproxy({ directory, port, tlsPort, upstreams, pem }: Site): Promise<Program> {
  const map = [...indexes.map((index) => `${host(index)} small`), `${TLS_HOST} small`, 'post.example.test sink']
  writeFileSync(join(directory, 'hosts.map'), `${map.join('\n')}\n`)
  const path = join(directory, 'haproxy.cfg')
  writeFileSync(
    path,
    `global
  nbthread 1
  maxconn 9000
  ssl-default-bind-options ssl-min-ver TLSv1.2
  ssl-default-bind-ciphersuites ${CIPHERS}
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
  bind 127.0.0.1:${tlsPort} backlog 4096 ssl crt ${pem} alpn h2,http/1.1
  http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Request-Id %[uuid()]
  http-request set-header Via "1.1 router"
  use_backend %[req.hdr(host),field(1,:),lower,map_str(${directory}/hosts.map,small)]
backend small
  server s 127.0.0.1:${upstreams.small} pool-max-conn 2048
backend sink
  server s 127.0.0.1:${upstreams.sink} pool-max-conn 2048
`,
  )
  return new Program('haproxy', ['-f', path, '-q'])
}

async function startCaddy({ directory, port, tlsPort, upstreams, pem }: Site): Promise<Program> {
  const site = (address: string, to: number, more = '') => `${address} {
  bind 127.0.0.1
  ${more}
  reverse_proxy 127.0.0.1:${to} {
    transport http {
      keepalive_idle_conns_per_host 1024
    }
  }
}`
  const sites = [
    ...indexes.map((index) => site(`http://${host(index)}:${port}`, upstreams.small)),
    site(`http://post.example.test:${port}`, upstreams.sink),
    // Caddy asks its sites in turn, longer names first: this one comes after the others, as h0 does of the plain ones.
    ...[...indexes.map(host), TLS_HOST].map((name) =>
      site(`https://${name}:${tlsPort}`, upstreams.small, `tls ${pem} ${pem}`),
    ),
  ]
  const path = join(directory, 'Caddyfile')
  writeFileSync(path, `{\n  admin off\n  auto_https off\n  log {\n    level ERROR\n  }\n}\n${sites.join('\n')}\n`)
  const environment = { GOMAXPROCS: '1', HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory }
  return new Program('caddy', ['run', '--config', path, '--adapter', 'caddyfile'], environment)
}
