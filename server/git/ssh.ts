import { once } from 'node:events'
import { createServer, type Server as NetServer, type Socket } from 'node:net'
import type { ClientInfo, Connection, Server as SshServer } from 'ssh2'
import type { Apps } from '../apps/apps.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Keys } from '../people/keys.ts'
import { hostKey } from './host-key.ts'
import type { PushHandler } from './push.ts'
import { authenticate, type ParseKey, type WhoIs } from './ssh-authentication.ts'
import { holdFirstBytes } from './ssh-first-bytes.ts'
import { SshLogins } from './ssh-logins.ts'
import { serveSession } from './ssh-session.ts'

/** A client that answers none of these is gone: about a minute. */
const KEEPALIVE_MS = 15_000
const KEEPALIVE_MISSES = 4
const MAX_CONNECTIONS = 200
/** When we stop: how long clients have to say goodbye. */
const GOODBYE_MS = 1_000

/** Native in node:crypto, the quick ones first; OpenSSH takes the client's first choice among them. */
const ALGORITHMS = {
  kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256', 'ecdh-sha2-nistp384'],
  serverHostKey: ['ssh-ed25519'],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256'],
  compress: ['none'],
} as const

type SshReceiverOptions = {
  keys: Pick<Keys, 'findUser'>
  apps: Pick<Apps, 'listFor'>
  push: PushHandler
  hostKeyFile: string
  log: Log
}

/** git over SSH on a port of its own: public keys, two commands, nothing to forward and no shell. */
export class SshReceiver implements AsyncDisposable {
  readonly #options: SshReceiverOptions
  readonly #connections = new Set<Connection>()
  readonly #sockets = new Set<Socket>()
  readonly #logins = new SshLogins()
  #net: NetServer | undefined
  #ssh: Promise<SshServer> | undefined
  #privateKey = ''
  #address = ''

  constructor(options: SshReceiverOptions) {
    this.#options = options
  }

  /** Port 0 takes a free one. */
  async listen(host: string, port: number): Promise<{ port: number; fingerprint: string }> {
    const { privateKey, fingerprint } = await hostKey(this.#options.hostKeyFile)
    this.#privateKey = privateKey
    this.#net = createServer((socket) => void this.#accept(socket))
    this.#net.maxConnections = MAX_CONNECTIONS
    this.#net.listen(port, host)
    await once(this.#net, 'listening')
    const bound = this.#net.address()
    if (bound === null || typeof bound === 'string') throw new Error('listening on no port')
    this.#address = `ssh://git@<box>:${bound.port}`
    return { port: bound.port, fingerprint }
  }

  /** Ends connections; a deploy that one of them waited for is not ours to end. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#net && once(this.#net, 'close')
    this.#net?.close()
    for (const connection of this.#connections) connection.end()
    const impatience = setTimeout(() => this.#cut(), GOODBYE_MS)
    await closed
    clearTimeout(impatience)
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async #accept(socket: Socket): Promise<void> {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {})
    if (!this.#logins.begin(socket)) return
    socket.setNoDelay(true)
    this.#ssh ??= this.#create()
    const ssh = await this.#ssh
    if (socket.destroyed) return
    ssh.injectSocket(socket)
    await holdFirstBytes(socket)
  }

  /** At the first connection: an idle box need not hold ssh2 in memory. */
  async #create(): Promise<SshServer> {
    const { default: ssh2 } = await import('ssh2')
    const options = {
      hostKeys: [this.#privateKey],
      algorithms: structuredClone(ALGORITHMS) as never,
      ident: 'paas',
      keepaliveInterval: KEEPALIVE_MS,
      keepaliveCountMax: KEEPALIVE_MISSES,
    }
    return new ssh2.Server(options, (connection, client) => this.#serve(connection, client, ssh2.utils.parseKey))
  }

  #serve(connection: Connection, client: ClientInfo, parseKey: ParseKey): void {
    const { keys, apps, push, log } = this.#options
    let whoIs: WhoIs | undefined
    this.#connections.add(connection)
    connection.on('error', (error) => log.debug('ssh.connection', { reason: messageOf(error) }))
    connection.on('close', () => this.#connections.delete(connection))
    connection.on('ready', () => this.#logins.signedIn(client.ip, client.port))
    authenticate(connection, { keys, parseKey }, (asked) => {
      whoIs = asked
    })
    connection.on('session', (accept) => {
      if (!whoIs) return void connection.end()
      serveSession(accept(), { whoIs, apps, push, log, address: this.#address })
    })
  }
}
