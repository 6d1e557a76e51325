import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { certificateFor } from '../router/tls/testing/self-signed.ts'

type Page = (response: ServerResponse) => void

/** Git's own smart HTTP over TLS on loopback, for repositories in `root`; and pages, by their path. */
export class HttpsGit implements AsyncDisposable {
  readonly root = mkdtempSync(join(tmpdir(), 'paas-https-git-'))
  readonly pages = new Map<string, Page>()
  readonly requests: string[] = []
  readonly #server: Server

  static async start(): Promise<HttpsGit> {
    const { chain, key } = await certificateFor(['localhost', '127.0.0.1'])
    const git = new HttpsGit(createServer({ cert: chain, key }))
    writeFileSync(git.authority, chain)
    git.#server.listen(0, '127.0.0.1')
    await once(git.#server, 'listening')
    return git
  }

  constructor(server: Server) {
    this.#server = server
    server.on('request', (request, response) => void this.#answer(request, response))
  }

  /** PEM file of who signed its certificate. */
  get authority(): string {
    return join(this.root, 'ca.crt')
  }

  url(path: string, host = '127.0.0.1'): string {
    return `https://${host}:${(this.#server.address() as AddressInfo).port}${path}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    rmSync(this.root, { recursive: true, force: true })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/', query = ''] = (request.url ?? '/').split('?')
    this.requests.push(path)
    const page = this.pages.get(path)
    if (page) return page(response)
    const child = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: this.root,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: '*',
        PATH_INFO: path,
        QUERY_STRING: query,
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'],
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
        GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    child.stdin.on('error', () => {})
    request.pipe(child.stdin)
    const output = await buffer(child.stdout)
    const end = output.indexOf('\r\n\r\n')
    for (const line of output.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/)
      if (name === 'Status') response.statusCode = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.end(output.subarray(end + 4))
  }
}
