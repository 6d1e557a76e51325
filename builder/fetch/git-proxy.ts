import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Duplex, pipeline } from 'node:stream'
import { counted } from './counted.ts'
import type { WayOut } from './way-out.ts'

const { createServer } = process.getBuiltinModule('node:http')
const AUTHORITY = /^(?:\[([0-9a-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/

/**
 * Stands between git and the network while something is fetched: git asks it for every tunnel, also for where a redirect
 * leads, and it opens what the way out opens. Anything but a tunnel, such as plain HTTP, is refused.
 */
export class GitProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Duplex>()

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(way: WayOut, signal: AbortSignal): Promise<GitProxy> {
    const server = createServer((_request, response) => response.writeHead(403).end())
    const proxy = new GitProxy(server)
    server.on('connect', ({ url = '' }, client, head) => void proxy.#tunnel(url, client, head, way, signal))
    await new Promise<void>((resolve, reject) => void server.once('error', reject).listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  async #tunnel(target: string, client: Duplex, head: Buffer, way: WayOut, signal: AbortSignal): Promise<void> {
    this.#keep(client)
    const [, v6, name, port] = AUTHORITY.exec(target) ?? []
    const host = v6 ?? name
    if (host === undefined) return void client.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    try {
      const socket = await way.connect(host, Number(port), signal)
      this.#keep(socket)
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      if (head.length > 0) socket.write(head)
      pipeline(
        socket,
        counted((bytes) => way.received(bytes)),
        client,
        socket,
        () => {},
      )
    } catch {
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    }
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => this.#sockets.delete(socket))
  }
}
