import { createRequire } from 'node:module'
import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { engineUnavailable, isUnreachable } from './unavailable.ts'

/** A question that the engine has not answered in this time will not be answered: it hangs. */
const QUICK_MS = 10_000

type DockerClass = new (options: Docker.DockerOptions) => Docker

/** The only importer of the engine's socket. Loads dockerode at `open()`, because many processes never need it. */
export class Connection {
  readonly socketPath: string
  readonly #quickMs: number
  #quick: Docker | null = null
  #patient: Docker | null = null

  constructor(socketPath: string, quickMs = QUICK_MS) {
    this.socketPath = socketPath
    this.#quickMs = quickMs
  }

  open(): void {
    if (this.#patient) return
    const Client = loadDockerode()
    // An empty host keeps a DOCKER_HOST of the environment from winning over the socket that we were given. No agent of
    // our own: dockerode prints its options to nowhere with each call, and an agent's sockets would cost 30 ms to print.
    const options = { socketPath: this.socketPath, host: '', protocol: 'http' } as const
    this.#quick = new Client({ ...options, timeout: this.#quickMs })
    this.#patient = new Client(options)
  }

  /** Asks something that is answered at once; throws `engine.unavailable` when it is not. */
  ask<T>(question: (docker: Docker) => Promise<T>): Promise<T> {
    return this.#attempt(this.#quick, question)
  }

  /** Does something that takes as long as it takes: start, stop, wait, streams. */
  perform<T>(action: (docker: Docker) => Promise<T>): Promise<T> {
    return this.#attempt(this.#patient, action)
  }

  /** A body as it arrives; dockerode itself would collect logs that are not followed in memory. */
  stream(path: string, query: Record<string, unknown>, signal: AbortSignal): Promise<Readable> {
    const request = { path: `${path}?`, method: 'GET', options: query, abortSignal: signal, isStream: true }
    return this.perform(
      (docker) =>
        new Promise((resolve, reject) => {
          docker.modem.dial({ ...request, statusCodes: { 200: true } }, (error: unknown, body: unknown) => {
            if (error) reject(error)
            else resolve(body as Readable)
          })
        }),
    )
  }

  async #attempt<T>(docker: Docker | null, action: (docker: Docker) => Promise<T>): Promise<T> {
    if (!docker) throw new Error('the docker engine was used before start()')
    try {
      return await action(docker)
    } catch (error) {
      throw isUnreachable(error) ? engineUnavailable(error, this.socketPath) : error
    }
  }
}

/** The HTTP status with which the engine refused, or undefined when the error is of another kind. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' ? status : undefined
}

/** What the engine itself said, without dockerode's wrapping. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const body = 'json' in error ? error.json : undefined
  return body instanceof Object && 'message' in body ? String(body.message) : error.message
}

/**
 * Without two of its modules, which are heavy and which the server never uses: what builds images, by gRPC (14 MB of memory),
 * and what reaches an engine by SSH (8 MB). The builder process has a session of its own.
 */
function loadDockerode(): DockerClass {
  const require = createRequire(import.meta.url)
  leaveOut(require, 'dockerode/lib/session')
  leaveOut(createRequire(require.resolve('dockerode')), 'docker-modem/lib/ssh')
  return require('dockerode') as DockerClass
}

function leaveOut(require: NodeJS.Require, name: string): void {
  const id = require.resolve(name)
  const exports = () => {
    throw new Error(`the server does without ${name}`)
  }
  require.cache[id] ??= { exports, loaded: true, id } as NodeJS.Module
}
