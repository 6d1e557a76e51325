import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { API_PREFIX } from '../contract/paths.ts'
import { RUN_PROTOCOL, RUN_TICKET_PREFIX } from '../contract/run-protocol.ts'
import type { Log } from '../log.ts'
import { isFromOwnPage, isSameOrigin } from './cross-site.ts'
import { whileAllowed } from './lasting-access.ts'
import type { RunRights } from './run-rights.ts'
import type { ApiServices } from './services.ts'
import { sessionSecretsOf } from './session-cookie.ts'
import { offeredTicket, refuseUpgrade as refuse } from './socket-handshake.ts'

const PATH = new RegExp(`^${API_PREFIX}/runs/([A-Za-z0-9_.-]{1,100})/attach$`)
/** A frame from the client: what one types, or a pasted file in pieces. */
const MAX_FRAME_BYTES = 1024 * 1024

type RunSocketOptions = {
  runs: Pick<ApiServices['runs'], 'redeem'>
  rights: RunRights
  sessions: Pick<ApiServices['sessions'], 'authenticate'>
  log: Log
  recheckMs: number | undefined
}

/**
 * `WS /api/v1/runs/:run/attach`: the single-use ticket of the run is the permission, so no token is in the address; one that a
 * browser asked for is good in that very session only. The rights behind it are looked at for as long as it is open.
 */
export class RunSocket {
  readonly #runs: Pick<ApiServices['runs'], 'redeem'>
  readonly #rights: RunRights
  readonly #sessions: RunSocketOptions['sessions']
  readonly #log: Log
  readonly #recheckMs: number | undefined

  constructor({ runs, rights, sessions, log, recheckMs }: RunSocketOptions) {
    this.#runs = runs
    this.#rights = rights
    this.#sessions = sessions
    this.#log = log
    this.#recheckMs = recheckMs
  }

  async upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    stream.on('error', () => stream.destroy())
    const run = PATH.exec(request.url ?? '')?.[1]
    const ticket = offeredTicket(request, RUN_PROTOCOL, RUN_TICKET_PREFIX)
    if (run === undefined) return refuse(stream, 404)
    if (!isSameOrigin(request) || !this.#isOwnSession(request, run)) return refuse(stream, 403)
    if (ticket === undefined) return refuse(stream, 400)
    // Before the ticket is used up: loading takes longer the first time.
    const [{ WebSocketServer }, { RunBridge }] = await Promise.all([import('ws'), import('./run-bridge.ts')])
    const handle = this.#runs.redeem(run, ticket)
    if (!handle) return refuse(stream, 403)
    const isAllowed = this.#rights.take(run)
    if (!isAllowed()) {
      void handle.signal('SIGKILL').catch(() => undefined)
      return refuse(stream, 403)
    }
    const server = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      handleProtocols: () => RUN_PROTOCOL,
    })
    const gone = new AbortController()
    stream.once('close', () => gone.abort())
    const allowed = whileAllowed(gone.signal, isAllowed, this.#recheckMs)
    let joined = false
    stream.once('close', () => {
      if (!joined) void handle.signal('SIGHUP').catch(() => undefined)
    })
    server.handleUpgrade(request, stream, head, (socket) => {
      joined = true
      void new RunBridge(socket, handle)
        .carry(allowed)
        .catch((error: unknown) => this.#log.warn('run.bridge', { reason: String(error) }))
    })
  }

  /** Before the ticket is looked at: whoever has got hold of one elsewhere cannot use it up. */
  #isOwnSession(request: IncomingMessage, run: string): boolean {
    const session = this.#rights.sessionOf(run)
    if (session === undefined) return true
    const present = sessionSecretsOf(request).map((secret) => this.#sessions.authenticate(secret)?.session?.id)
    return isFromOwnPage(request) && present.includes(session)
  }
}
