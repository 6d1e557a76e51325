/**
 * Serves a directory of files over HTTP: the web process of static sites. It runs inside the app, on whatever Node.js the
 * stack has, so it is plain JavaScript and depends on nothing.
 *
 *     PORT=5000 node static-server.mjs [directory] [--spa]
 *
 * With --spa the page of the site answers for paths that are no files: the app in it knows them. What the site says about
 * its paths is read by static-rules.mjs.
 */
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { headersFor, readRules, redirectFor } from './static-rules.mjs'

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.htm': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.xml': 'application/xml; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.otf': 'font/otf',
  '.wasm': 'application/wasm',
  '.pdf': 'application/pdf',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
}
/** Smaller answers fit into one packet anyway. */
const LEAST_GZIP_BYTES = 1024
/** What the platform reads is not part of the site. */
const NOT_SITE = new Set(['Procfile', 'app.json', 'static.json', '_headers', '_redirects'])
/** Names that bundlers give: another content has another name, so nobody needs to ask again. */
const HASHED =
  /[.-](?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\.[\w.]+$|\/(?:assets|_astro|_nuxt|_app\/immutable|_next\/static)\/.*[.-](?=[\w-]*[A-Z0-9])[\w-]{8,}\.\w+$/
/** A year, in seconds. */
const FOR_EVER = 'public, max-age=31536000, immutable'
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
]

const singlePage = process.argv[3] === '--spa'
const root = await realpath(resolve(process.argv[2] ?? '.'))
const rules = await readRules(root, process.cwd(), (warning) => console.error(warning))

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error)
    if (response.headersSent) response.destroy()
    else plain(response, 500, 'Internal Server Error')
  })
})
server.listen(Number(process.env.PORT ?? 5000), () => console.log(`serving ${root} on port ${server.address().port}`))
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(() => process.exit(0))
    server.closeIdleConnections()
  })
}

async function answer(request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return plain(response, 405, 'Method Not Allowed')
  }
  const [pathname = '/', query] = request.url.split(/\?(.*)/s)
  for (const [name, value] of headersFor(rules, pathname)) response.own = { ...response.own, [name]: value }
  const rule = redirectFor(rules, pathname)
  if (rule?.force) return follow(request, response, rule, query)
  const path = sitePath(pathname)
  if (path === undefined) return notFound(request, response)
  const found = await find(path)
  if (!found && rule) return follow(request, response, rule, query)
  if (found?.directory && !pathname.endsWith('/')) {
    return redirect(response, 301, withQuery(`${pathname.replace(/^\/+/, '/')}/`, query))
  }
  const file = found ?? (singlePage && extname(path) === '' ? await fileAt('index.html') : undefined)
  return file ? send(request, response, file, 200) : notFound(request, response)
}

/** A rule of the site: another address, or another file under this one. */
async function follow(request, response, { status, target }, query) {
  if (status >= 300 && status < 400) return redirect(response, status, withQuery(target, query))
  const path = sitePath(target)
  const file = path === undefined ? undefined : await find(path)
  return file ? send(request, response, file, status) : notFound(request, response)
}

function redirect(response, status, location) {
  response.setHeader('location', location)
  return plain(response, status, 'Moved')
}

function withQuery(target, query) {
  return query === undefined || target.includes('?') ? target : `${target}?${query}`
}

/** Names beneath the root, undefined for everything that must stay hidden. */
function sitePath(pathname) {
  let decoded
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return undefined
  }
  const names = decoded.split('/').filter((name) => name !== '')
  const hidden = (name) => (name.startsWith('.') && name !== '.well-known') || /[\0\\]/.test(name)
  return names.some(hidden) || NOT_SITE.has(names[0]) ? undefined : names.join('/')
}

/** The file itself, the index page of a directory, or `about.html` for `/about`. */
async function find(path) {
  const file = await fileAt(path)
  if (file && !file.directory) return file
  if (file?.directory) {
    const index = await fileAt(join(path, 'index.html'))
    return index && !index.directory ? { ...index, directory: path !== '' } : undefined
  }
  const page = path === '' ? undefined : await fileAt(`${path}.html`)
  return page?.directory ? undefined : page
}

async function fileAt(path) {
  try {
    const real = await realpath(join(root, path))
    if (real !== root && !real.startsWith(root + sep)) return undefined
    const { size, mtime, ...stats } = await stat(real)
    return { path: real, size, mtime, directory: (stats.mode & 0o170000) === 0o040000 }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'].includes(error.code)) return undefined
    throw error
  }
}

async function notFound(request, response) {
  const page = await fileAt(rules.errorPage ?? '404.html')
  return page && !page.directory ? send(request, response, page, 404) : plain(response, 404, 'Not Found')
}

async function send(request, response, original, status) {
  const type = TYPES[extname(original.path).toLowerCase()] ?? 'application/octet-stream'
  const stored = await compressedBeside(request, original)
  const file = stored ?? original
  const etag = `"${file.size.toString(16)}-${file.mtime.getTime().toString(16)}"`
  const range = status === 200 && !stored ? wantedRange(request, file, etag) : undefined
  const gzip = !stored && range === undefined && worthGzip(request, type, file.size)
  response.setHeader('content-type', type)
  response.setHeader('etag', gzip ? `W/${etag}` : etag)
  response.setHeader('last-modified', file.mtime.toUTCString())
  response.setHeader(
    'cache-control',
    status === 200 && HASHED.test(original.path) ? FOR_EVER : 'public, max-age=0, must-revalidate',
  )
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('vary', 'accept-encoding')
  for (const [name, value] of Object.entries(response.own ?? {})) response.setHeader(name, value)
  if (status === 200 && isFresh(request, file, etag)) return response.writeHead(304).end()
  if (range === 'unsatisfiable') {
    return response.writeHead(416, { 'content-range': `bytes */${file.size}`, 'content-length': 0 }).end()
  }
  const { start, end } = range ?? { start: 0, end: file.size - 1 }
  response.setHeader('accept-ranges', 'bytes')
  if (stored) response.setHeader('content-encoding', stored.encoding)
  if (gzip) response.setHeader('content-encoding', 'gzip')
  else response.setHeader('content-length', end - start + 1)
  if (range) response.setHeader('content-range', `bytes ${start}-${end}/${file.size}`)
  response.writeHead(range ? 206 : status)
  if (request.method === 'HEAD' || file.size === 0) return response.end()
  return stream(createReadStream(file.path, { start, end }), gzip, response)
}

/** `site.css.br` or `site.css.gz`, where the build made one, it is no older than the file, and the visitor takes it. */
async function compressedBeside(request, { path, mtime }) {
  if (request.headers.range !== undefined) return undefined
  for (const [encoding, ending] of ENCODINGS) {
    if (!accepts(request, encoding)) continue
    const file = await fileAt(`${path.slice(root.length + 1)}${ending}`)
    if (file && !file.directory && file.mtime >= mtime) return { ...file, encoding }
  }
  return undefined
}

/** A visitor who leaves early is no error. */
async function stream(content, gzip, response) {
  try {
    await (gzip ? pipeline(content, createGzip(), response) : pipeline(content, response))
  } catch (error) {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}

/** RFC 9110, 13.2.2: entity tags before dates. */
function isFresh(request, file, etag) {
  const tags = request.headers['if-none-match']
  if (tags !== undefined) return tags.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')))
  const since = Date.parse(request.headers['if-modified-since'] ?? '')
  return since >= Math.floor(file.mtime.getTime() / 1000) * 1000
}

/** One range only; several are answered by the whole file, as RFC 9110, 14.2 allows. */
function wantedRange(request, file, etag) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  const condition = request.headers['if-range']
  if (condition !== undefined && condition !== etag && condition !== file.mtime.toUTCString()) return undefined
  const suffix = match[1] === ''
  const start = suffix ? Math.max(0, file.size - Number(match[2])) : Number(match[1])
  const end = suffix || match[2] === '' ? file.size - 1 : Math.min(Number(match[2]), file.size - 1)
  return start > end || start >= file.size ? 'unsatisfiable' : { start, end }
}

function worthGzip(request, type, size) {
  const text = /^(?:text\/|application\/(?:json|xml|manifest\+json|wasm)|image\/svg)/
  return size >= LEAST_GZIP_BYTES && text.test(type) && accepts(request, 'gzip')
}

function accepts(request, encoding) {
  const wanted = `(?:^|,)\\s*(?:${encoding}|\\*)\\s*(?:;\\s*q=(?!0(?:\\.0*)?\\s*(?:,|$))[\\d.]+\\s*)?(?:,|$)`
  return new RegExp(wanted, 'i').test(request.headers['accept-encoding'] ?? '')
}

function plain(response, status, text) {
  const body = `${text}\n`
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
