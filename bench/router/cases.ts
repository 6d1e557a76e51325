import { handshakes, multiplexed } from './h2load.ts'
import { HOSTS, host, TLS_HOST } from './proxies.ts'
import type { Load, Result } from './wrk.ts'

/** A case that is not one of wrk. */
export type Tool = (tlsPort: number, path: string, seconds: number) => Promise<Result>

const BROWSER = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Language: en-US,en;q=0.5',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Referer: http://h7.example.test/some/page?with=query&and=more',
  'Cookie: session=0123456789abcdef0123456789abcdef0123456789abcdef; theme=dark; consent=1; _ga=GA1.1.123456789.1234567890',
  'Upgrade-Insecure-Requests: 1',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: same-origin',
  'Priority: u=0, i',
]

export const CASES = {
  get: { connections: 64, path: '/', headers: [`Host: ${host(0)}`] },
  browser: { connections: 64, path: '/some/page?with=query', headers: [`Host: ${host(7)}`, ...BROWSER] },
  hosts200: { connections: 64, path: '/', headers: [`Host: ${host(HOSTS - 1)}`] },
  post64k: { connections: 16, path: '/', headers: ['Host: post.example.test'], bodyBytes: 65_536 },
  body1m: { connections: 16, path: '/1m', headers: [`Host: ${host(0)}`] },
  conn: { connections: 64, path: '/', headers: [`Host: ${host(0)}`, 'Connection: close'] },
  c512: { connections: 512, path: '/', headers: [`Host: ${host(0)}`] },
  tls: { connections: 64, path: '/', headers: [`Host: ${TLS_HOST}`], tls: true },
  tlsbody1m: { connections: 16, path: '/1m', headers: [`Host: ${TLS_HOST}`], tls: true },
  handshake: handshakes,
  h2: multiplexed,
} satisfies Record<string, Load | Tool>
export type CaseName = keyof typeof CASES
