import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Request, RequestHandler, Response } from 'express'

/** Where `npm run build:console` writes. */
export const CONSOLE_DIRECTORY = join(import.meta.dirname, '../../web/dist')

const YEAR_SECONDS = 31_536_000
/** Everything from here, nothing inline, in no frame. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}
const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>paas</title>
<h1>The console was not built</h1>
<p>The box works; its web pages are missing. In the directory that the server runs from, type:</p>
<pre>npm ci --ignore-scripts
npm run build:console</pre>
<p>Then load this page again. The command line does all that the console does: <code>paas help</code>.</p>
`

/** One folder deep at most, and nothing that could lead out. */
const FILE = /^\/(?:assets\/)?[\w-][\w.-]*$/

/** The console's files. Every address that is no file and is asked for as a page is the console itself, which reads the address. */
export function consolePages(directory = CONSOLE_DIRECTORY): RequestHandler {
  return async (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next()
    const isFile = FILE.test(request.path) && extname(request.path) in TYPES
    if (isFile && (await send(directory, request.path, request, response))) return
    if (!(request.headers.accept ?? '').includes('text/html')) return next()
    if (await send(directory, '/index.html', request, response)) return
    headers(response, request)
    response.status(503).type('html').send(NOT_BUILT)
  }
}

/** False where there is no such file. */
async function send(directory: string, path: string, request: Request, response: Response): Promise<boolean> {
  const encoding = String(request.acceptsEncodings(['br', 'gzip', 'identity']))
  const suffix = { br: '.br', gzip: '.gz' }[encoding] ?? ''
  const body = await readFile(join(directory, path + suffix)).catch(() => undefined)
  if (!body) return false
  headers(response, request)
  // The build puts a hash of the content into the names below /assets.
  const lasts = path.startsWith('/assets/') ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache'
  response.set({ 'Cache-Control': lasts, 'Content-Type': TYPES[extname(path)] ?? '' })
  response.vary('Accept-Encoding')
  response.set('ETag', entityTag(body))
  if (request.fresh) {
    response.removeHeader('Content-Type')
    response.status(304).end()
    return true
  }
  if (suffix) response.set('Content-Encoding', encoding)
  response.end(request.method === 'HEAD' ? undefined : body)
  return true
}

/** Strong: of the very bytes that are sent, so each encoding has its own (RFC 9110, section 8.8.3). */
function entityTag(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
}

/** Beside those that every answer has. */
function headers(response: Response, request: Request): void {
  response.set({
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  })
  if (request.secure) response.set('Strict-Transport-Security', `max-age=${YEAR_SECONDS}`)
}
