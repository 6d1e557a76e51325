import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'

/** For tests: a git host on the loopback by https, with repositories, redirects and Git LFS, of an authority of its own. */
export class GitHost implements AsyncDisposable {
  readonly authority: string
  readonly asked: string[] = []
  /** Who asked for an object of Git LFS by which name of the host. */
  readonly credentials: string[] = []
  /** Where a path leads to instead. */
  readonly redirects = new Map<string, string>()
  /** What is answered on a path that is no repository. */
  readonly files = new Map<string, Buffer>()
  readonly #directory: string
  readonly #server: Server
  readonly #objects = new Map<string, Buffer>()

  private constructor(directory: string, server: Server) {
    this.#directory = directory
    this.#server = server
    this.authority = join(directory, 'authority.pem')
  }

  static async start(directory: string): Promise<GitHost> {
    mkdirSync(directory, { recursive: true })
    const key = join(directory, 'key.pem')
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
    const certificate = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=git']
    const files = ['-keyout', key, '-out', join(directory, 'authority.pem')]
    execFileSync('openssl', ['req', ...certificate, ...names, ...files], { stdio: 'pipe' })
    const pem = readFileSync(join(directory, 'authority.pem'))
    const server = createServer({ key: readFileSync(key), cert: pem })
    const host = new GitHost(directory, server)
    // Who leaves in the middle of a request is answered nothing.
    server.on('request', (request, response) => void host.#answer(request, response).catch(() => {}))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return host
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The commit that these files make in a repository of this name, on its branch main. */
  commit(name: string, files: Record<string, string>, links: Record<string, string> = {}): string {
    const work = join(this.#directory, `${name}.work`)
    mkdirSync(work, { recursive: true })
    const git = (...args: string[]) => execFileSync('git', args, { cwd: work, env: ENVIRONMENT, stdio: 'pipe' })
    git('init', '-q', '-b', 'main')
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(work, path)), { recursive: true })
      writeFileSync(join(work, path), content)
    }
    git('add', '-A')
    for (const [path, commit] of Object.entries(links)) {
      mkdirSync(join(work, path), { recursive: true })
      git('update-index', '--add', '--cacheinfo', `160000,${commit},${path}`)
    }
    git('commit', '-q', '--allow-empty', '-m', 'a change')
    git('tag', '-f', 'v1')
    git('init', '-q', '--bare', join(this.#directory, `${name}.git`))
    git('push', '-q', '-f', join(this.#directory, `${name}.git`), 'main', 'v1')
    execFileSync('git', ['symbolic-ref', 'HEAD', 'refs/heads/main'], { cwd: join(this.#directory, `${name}.git`) })
    return git('rev-parse', 'HEAD').toString().trim()
  }

  /** Keeps an object, and gives the pointer that stands for it in a tree. */
  lfsPointer(content: string): string {
    const bytes = Buffer.from(content)
    const oid = createHash('sha256').update(bytes).digest('hex')
    this.#objects.set(oid, bytes)
    return `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${bytes.length}\n`
  }

  /** What is downloaded is something else from now on. */
  damageObjects(): void {
    for (const [oid, content] of this.#objects) this.#objects.set(oid, Buffer.from(content).fill('x'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? '/', this.url)
    this.asked.push(pathname)
    if (/\/[0-9a-f]{64}$/.test(pathname))
      this.credentials.push(`${request.headers.host?.split(':')[0]} ${request.headers.authorization}`)
    const moved = [...this.redirects].find(([from]) => pathname.startsWith(from))
    if (moved)
      return void response.writeHead(301, { location: moved[1] + pathname.slice(moved[0].length) + search }).end()
    const file = this.files.get(pathname)
    if (file) return void response.end(file)
    if (pathname.startsWith('/private')) return void response.writeHead(401, { 'www-authenticate': 'Basic' }).end()
    if (pathname.endsWith('/info/lfs/objects/batch')) {
      if (request.headers.accept !== LFS) return void response.writeHead(406).end()
      return void response.end(this.#batch(await text(request)))
    }
    if (pathname.startsWith('/objects/'))
      return void response.end(this.#objects.get(pathname.slice('/objects/'.length)))
    this.#git(request, response, pathname, search)
  }

  #batch(body: string): string {
    const { objects } = JSON.parse(body) as { objects: { oid: string; size: number }[] }
    const found = ({ oid, size }: { oid: string; size: number }) =>
      this.#objects.has(oid)
        ? { oid, size, actions: { download: { href: `${this.url}/objects/${oid}`, header: TOKEN } } }
        : { oid, size, error: { code: 404, message: 'Object does not exist' } }
    return JSON.stringify({ transfer: 'basic', objects: objects.map(found) })
  }

  #git(request: IncomingMessage, response: ServerResponse, pathname: string, search: string): void {
    const env = {
      ...ENVIRONMENT,
      GIT_PROJECT_ROOT: this.#directory,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    }
    const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] })
    request.pipe(child.stdin)
    child.stdin.on('error', () => {})
    let head = Buffer.alloc(0)
    child.stdout.on('data', (chunk: Buffer) => {
      if (response.headersSent) return void response.write(chunk)
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      const lines = head
        .subarray(0, end)
        .toString()
        .split('\r\n')
        .map((line) => line.split(': ') as [string, string])
      const status = Number(lines.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200)
      response.writeHead(status, Object.fromEntries(lines.filter(([name]) => name !== 'Status')))
      response.write(head.subarray(end + 4))
    })
    child.on('close', () => response.end())
  }
}

const LFS = 'application/vnd.git-lfs+json'
const TOKEN = { Authorization: 'RemoteAuth for-one-host' }
const WHO = { NAME: 'Ada', EMAIL: 'ada@example.test' }
const ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: WHO.NAME,
  GIT_AUTHOR_EMAIL: WHO.EMAIL,
  GIT_COMMITTER_NAME: WHO.NAME,
  GIT_COMMITTER_EMAIL: WHO.EMAIL,
}
