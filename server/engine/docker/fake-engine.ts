import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** For tests: an engine's socket whose answers the test decides, and that can go away and come back. */
export class FakeEngine implements AsyncDisposable {
  readonly socketPath: string
  readonly #directory: string
  readonly #answer: RequestListener
  readonly #sockets = new Set<Socket>()
  #server = createServer()

  private constructor(directory: string, answer: RequestListener) {
    this.#directory = directory
    this.socketPath = join(directory, 'docker.sock')
    this.#answer = answer
  }

  static async start(answer: RequestListener): Promise<FakeEngine> {
    const engine = new FakeEngine(await mkdtemp(join(tmpdir(), 'paas-fake-engine-')), answer)
    await engine.listen()
    return engine
  }

  async listen(): Promise<void> {
    this.#server = createServer(this.#answer)
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve) => this.#server.listen(this.socketPath, resolve))
  }

  /** As `kill -9` would: connections break, the socket refuses. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.#directory, { recursive: true, force: true })
  }
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
