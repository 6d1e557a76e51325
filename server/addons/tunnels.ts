import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type { AppRecord } from '../apps/apps.ts'
import { newId } from '../db/ids.ts'
import { PaasError } from '../errors.ts'
import type { AddonRecord } from './addon-records.ts'
import type { AddonRows } from './addon-rows.ts'
import { notAttached, requireAvailable } from './available.ts'
import type { Credentials } from './credentials.ts'
import { databaseOf, type Servers } from './servers.ts'
import { serviceNamed } from './services.ts'

/** Without a connection for so long, a tunnel is forgotten; whoever still listens at the other end asks for another one. */
const FORGET_MS = 60 * 60_000
/** Of one tunnel at the same time. */
const MAX_CONNECTIONS = 100
const CONNECT_MS = 10_000
const LOOPBACK = '127.0.0.1'

type Tunnel = {
  ticket: string
  addonId: string
  appId: string
  isAllowed: () => boolean
  sockets: Set<Socket>
  forget: NodeJS.Timeout
}

type TunnelsParts = {
  rows: Pick<AddonRows, 'find' | 'server'>
  credentials: Pick<Credentials, 'current'>
  servers: Pick<Servers, 'access'>
}

/** Ways to an addon for people at a machine of their own: the API carries each connection, and no port is opened on the box. */
export class Tunnels {
  readonly #parts: TunnelsParts
  readonly #open = new Map<string, Tunnel>()

  constructor(parts: TunnelsParts) {
    this.#parts = parts
  }

  /** With the login of the app, for a listener at `port`. Throws `addon.not-attached`, `addon.busy`. */
  open(addon: AddonRecord, app: AppRecord, { port, isAllowed }: { port: number; isAllowed: () => boolean }) {
    requireAvailable(addon)
    const login = this.#parts.credentials.current(addon.id, app.id)
    if (!login) throw notAttached(addon, app)
    const id = newId('tun')
    const ticket = randomBytes(24).toString('base64url')
    const forget = setTimeout(() => this.#forget(id), FORGET_MS).unref()
    this.#open.set(id, { ticket, addonId: addon.id, appId: app.id, isAllowed, sockets: new Set(), forget })
    const url = serviceNamed(addon.service).url(databaseOf(addon), login, { host: LOOPBACK, port })
    return { id, addon: addon.name, ticket, url }
  }

  /** Whether whoever asked for the tunnel may still use it; undefined for one that there is not, or a wrong ticket. */
  find(id: string, ticket: string): (() => boolean) | undefined {
    const tunnel = this.#open.get(id)
    if (tunnel?.ticket !== ticket) return undefined
    const { addonId, appId, isAllowed } = tunnel
    return () => this.#parts.credentials.current(addonId, appId) !== undefined && isAllowed()
  }

  /** One more connection. Throws `tunnel.full`, or that the addon does not answer. */
  async connect(id: string): Promise<Socket> {
    const { rows, servers } = this.#parts
    const tunnel = this.#open.get(id)
    const addon = tunnel && rows.find(tunnel.addonId)
    if (!tunnel || !addon) throw gone()
    if (tunnel.sockets.size >= MAX_CONNECTIONS) throw full()
    const { endpoint } = await servers.access(rows.server(addon.serverId))
    const socket = connect(endpoint)
    tunnel.sockets.add(socket)
    tunnel.forget.refresh()
    socket.once('close', () => {
      tunnel.sockets.delete(socket)
      tunnel.forget.refresh()
    })
    return await connected(socket)
  }

  closeAll(): void {
    for (const { sockets, forget } of this.#open.values()) {
      clearTimeout(forget)
      for (const socket of sockets) socket.destroy()
    }
    this.#open.clear()
  }

  #forget(id: string): void {
    const tunnel = this.#open.get(id)
    if (tunnel && tunnel.sockets.size > 0) tunnel.forget.refresh()
    else this.#open.delete(id)
  }
}

function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      socket.destroy()
      reject(error)
    }
    socket.setTimeout(CONNECT_MS, () => failed(new Error('the addon did not answer')))
    socket.once('error', failed)
    socket.once('connect', () => {
      socket.setTimeout(0).removeAllListeners('timeout').off('error', failed)
      resolve(socket)
    })
  })
}

function gone(): PaasError {
  return new PaasError('not-found', 'tunnel.gone', 'The addon of this tunnel is not there any more.')
}

function full(): PaasError {
  return new PaasError('limited', 'tunnel.full', `A tunnel carries ${MAX_CONNECTIONS} connections at the same time.`, {
    fix: 'Close some of them.',
  })
}
