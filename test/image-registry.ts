import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json'
const CONFIG_TYPE = 'application/vnd.docker.container.image.v1+json'
const LAYER_TYPE = 'application/vnd.docker.image.rootfs.diff.tar'
const NAME = 'shop'

type Blob = { size: number; content: Buffer | { file: string } }
type Config = { config: { Cmd: string[] }; rootfs: { diff_ids: string[] } }

/**
 * A registry of one image under one tag, which may be moved: what a pull asks of it, after the Distribution specification.
 * On the loopback, where engines ask for no TLS.
 */
export class ImageRegistry implements AsyncDisposable {
  readonly #server: Server
  readonly #blobs = new Map<string, Blob>()
  readonly #config: Config
  readonly #layers: string[]
  #manifest = Buffer.alloc(0)

  private constructor(config: Config, layers: string[]) {
    this.#config = config
    this.#layers = layers
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  /** `directory` is where the image of the engine is unpacked, and stays the caller's. */
  static async start(image: string, directory: string): Promise<ImageRegistry> {
    await run('docker', ['save', '-o', join(directory, 'image.tar'), image])
    await run('tar', ['-xf', join(directory, 'image.tar'), '-C', directory])
    const [saved] = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'))
    const config = JSON.parse(await readFile(join(directory, saved.Config), 'utf8')) as Config
    const registry = new ImageRegistry(config, config.rootfs.diff_ids)
    for (const [index, path] of (saved.Layers as string[]).entries()) {
      const file = join(directory, path)
      registry.#blobs.set(config.rootfs.diff_ids[index] ?? '', { size: (await stat(file)).size, content: { file } })
    }
    registry.startWith(config.config.Cmd)
    registry.#server.listen(0, '127.0.0.1')
    await once(registry.#server, 'listening')
    return registry
  }

  get image(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}/${NAME}:1`
  }

  /** Moves the tag to an image that differs in its command alone. */
  startWith(command: string[]): void {
    const config = Buffer.from(JSON.stringify({ ...this.#config, config: { ...this.#config.config, Cmd: command } }))
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: CONFIG_TYPE, size: config.length, digest: this.#keep(config) },
      layers: this.#layers.map((digest) => ({ mediaType: LAYER_TYPE, size: this.#blobs.get(digest)?.size, digest })),
    }
    this.#manifest = Buffer.from(JSON.stringify(manifest))
    this.#keep(this.#manifest)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #keep(content: Buffer): string {
    const digest = digestOf(content)
    this.#blobs.set(digest, { size: content.length, content })
    return digest
  }

  #answer({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
    const [, kind, reference = ''] = /^\/v2\/shop\/(manifests|blobs)\/([^?]+)/.exec(url) ?? []
    const digest = kind === 'manifests' && reference === '1' ? digestOf(this.#manifest) : reference
    const blob = this.#blobs.get(digest)
    if (!blob) return void response.writeHead(url === '/v2/' ? 200 : 404).end()
    const type = kind === 'manifests' ? MANIFEST_TYPE : 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, 'content-length': blob.size, 'docker-content-digest': digest })
    if (method === 'HEAD') response.end()
    else if (Buffer.isBuffer(blob.content)) response.end(blob.content)
    else createReadStream(blob.content.file).pipe(response)
  }
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}
