import { once } from 'node:events'
import { type AddressInfo, BlockList, connect, createServer, isIP, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import type { Exposure } from '../contract/addon.ts'
import type { SecretBox } from '../db/secret-box.ts'
import { messageOf, PaasError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { AddonRecord } from './addon-records.ts'
import type { AddonRows } from './addon-rows.ts'
import type { SecureStart } from './addon-service.ts'
import { busy } from './available.ts'
import { type OwnCertificate, ownCertificate } from './own-certificate.ts'
import type { Servers } from './servers.ts'
import { serviceNamed } from './services.ts'

const LOOPBACK = '127.0.0.1'
const MAX_CONNECTIONS = 100
/** For the first bytes of either side. */
const BEGIN_MS = 10_000

export type Wish = { address?: string | undefined; port?: number | undefined; allow: string[] }

type ExposuresParts = { rows: AddonRows; servers: Servers; box: SecretBox; log: Log }

/**
 * Ways from outside to an addon, by the server itself while it runs: the engine publishes nothing, so no rule of its own passes
 * by the firewall, and who may come is asked of each connection. Beyond this machine only with TLS, which ends here where the
 * addon speaks none: from here to it nothing leaves the box.
 */
export class Exposures {
  readonly #parts: ExposuresParts
  readonly #open = new Map<string, { server: Server; sockets: Set<Socket> }>()

  constructor(parts: ExposuresParts) {
    this.#parts = parts
  }

  /** What was exposed before a restart. One that cannot be opened again is told to the log. */
  async restore(): Promise<void> {
    for (const addon of this.#parts.rows.all()) {
      if (!addon.exposed || addon.state === 'destroying') continue
      await this.#listen(addon, addon.exposed).catch((error: unknown) =>
        this.#parts.log.warn('addons.not-exposed', { addon: addon.name, reason: messageOf(error) }),
      )
    }
  }

  /** In place of the way there is. Throws `addon.busy`, `addon.expose-open` or `addon.expose-port`. */
  async expose(addon: AddonRecord, { address = LOOPBACK, port = 0, allow }: Wish): Promise<AddonRecord> {
    if (addon.state === 'destroying') throw busy(addon)
    if (!isLoopback(address) && allow.length === 0) throw toAll(addon, address)
    // Should the new way not open, none is shown.
    this.unexpose(addon)
    const taken = await this.#listen(addon, { address, port, allow })
    return this.#parts.rows.change(addon.id, { exposed: { address, port: taken, allow } })
  }

  unexpose(addon: AddonRecord): AddonRecord {
    this.close(addon.id)
    return this.#parts.rows.change(addon.id, { exposed: null })
  }

  close(id: string): void {
    const open = this.#open.get(id)
    this.#open.delete(id)
    open?.server.close()
    for (const socket of open?.sockets ?? []) socket.destroy()
  }

  closeAll(): void {
    for (const id of [...this.#open.keys()]) this.close(id)
  }

  async #listen(addon: AddonRecord, { address, port, allow }: Exposure): Promise<number> {
    const allowed = listOf(allow)
    const { secureStart } = serviceNamed(addon.service)
    const secure = isLoopback(address) ? null : secureStart
    const tls = isLoopback(address) || secureStart ? undefined : this.#tls(addon)
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket)))
      if (allow.length > 0 && !isAllowed(allowed, socket.remoteAddress)) socket.destroy()
      else if (tls) tls.emit('connection', socket)
      else void this.#join(addon.id, socket, secure).catch(() => socket.destroy())
    })
    server.maxConnections = MAX_CONNECTIONS
    server.listen(port, address)
    await once(server, 'listening').catch((error: unknown) => {
      throw portTaken(address, port, error)
    })
    // Somebody else may have opened one meanwhile.
    this.close(addon.id)
    this.#open.set(addon.id, { server, sockets })
    return (server.address() as AddressInfo).port
  }

  /** Is handed connections that were let in, and joins those that have begun with TLS. */
  #tls(addon: AddonRecord): TlsServer {
    const server = createTlsServer({ ...this.#certificate(addon), handshakeTimeout: BEGIN_MS })
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return server.on('secureConnection', (socket) => {
      socket.on('error', () => socket.destroy())
      void this.#join(addon.id, socket, null).catch(() => socket.destroy())
    })
  }

  /** Stays the same, so that clients may know it. */
  #certificate({ name, serverId }: AddonRecord): OwnCertificate {
    const { box, rows } = this.#parts
    const place = `addon_servers|${serverId}|certificate`
    const sealed = rows.sealedCertificate(serverId)
    if (sealed) return JSON.parse(box.unseal(sealed, place)) as OwnCertificate
    const made = ownCertificate(name)
    rows.certified(serverId, box.seal(JSON.stringify(made), place))
    return made
  }

  async #join(id: string, socket: Socket, secure: SecureStart | null): Promise<void> {
    const { rows, servers } = this.#parts
    const { endpoint } = await servers.access(rows.server(rows.get(id).serverId))
    const inner = connect(endpoint)
    inner.on('error', () => socket.destroy()).once('close', () => socket.destroy())
    socket.once('close', () => inner.destroy())
    if (secure) {
      const client = () => passFirst(socket, inner, secure.client)
      const server = () => passFirst(inner, socket, secure.server)
      for (const first of secure.begins === 'client' ? [client, server] : [server, client]) await first()
    }
    socket.pipe(inner).pipe(socket)
  }
}

/** Hands the first bytes on when they are as they should be. */
async function passFirst(from: Socket, to: Socket, isRight: (first: Buffer) => boolean): Promise<void> {
  const [first] = (await once(from, 'data', { signal: AbortSignal.timeout(BEGIN_MS) })) as [Buffer]
  from.pause()
  if (!isRight(first)) throw new Error('the connection did not begin with TLS')
  to.write(first)
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

function listOf(allow: string[]): BlockList {
  const list = new BlockList()
  for (const each of allow) {
    const [address = '', prefix] = each.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}

/** An IPv4 address comes as one of IPv6 where both are listened for. */
function isAllowed(list: BlockList, address = ''): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
  return list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
}

function toAll(addon: AddonRecord, address: string): PaasError {
  const message = `${addon.name} is not exposed at ${address} to everybody who can reach it.`
  return new PaasError('invalid', 'addon.expose-open', message, {
    fix: 'Name the addresses or ranges that may connect.',
    command: `paas addons:expose ${addon.name} --address ${address} --allow 192.0.2.0/24`,
  })
}

function portTaken(address: string, port: number, cause: unknown): PaasError {
  const message = `The server cannot listen at ${address}:${port}: ${messageOf(cause)}.`
  return new PaasError('conflict', 'addon.expose-port', message, { fix: 'Choose another address or port.' }, { cause })
}
