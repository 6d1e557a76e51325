import { lookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { BuildFailure, messageOf } from '../errors.ts'
import { addressList, isPublicAddress } from './public-address.ts'
import { connectByProxy, isWithoutProxy } from './upstream.ts'

/** What the builder may reach for sources, and by which way. */
export type FetchNetwork = {
  /** Addresses and ranges that are not public and may be asked all the same, such as a git server in the office. */
  privateHosts: string[]
  /** The machine's own proxy, by which everything but `noProxy` goes. */
  proxy: string | null
  noProxy: string[]
}

export type FetchLimits = { bytes: number }

/** A dead address is given up, and the next one tried. */
const CONNECT_MS = 15_000
const HTTPS = 443

/**
 * The only way by which sources are fetched. A name is looked up once and the connection goes to just what was found, so
 * that it cannot mean something else a moment later; addresses that are not public are refused, whether a user named them or
 * a redirect did. Counts what comes in over all connections.
 */
export class WayOut {
  /** Why something was refused: what is told instead of a program's own words about it. */
  refusal: BuildFailure | undefined
  readonly #network: FetchNetwork
  readonly #limits: FetchLimits
  readonly #isAllowed: (address: string) => boolean
  #bytes = 0

  constructor(network: FetchNetwork, limits: FetchLimits) {
    this.#network = network
    this.#limits = limits
    this.#isAllowed = addressList(network.privateHosts)
  }

  /** A connected socket. Throws BuildFailure `fetch.*`. */
  async connect(host: string, port: number, signal: AbortSignal): Promise<Socket> {
    const { proxy, noProxy } = this.#network
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)])
    try {
      const byProxy = proxy !== null && !isWithoutProxy(host, noProxy)
      if (byProxy) return await connectByProxy(proxy, await this.#named(host, port), port, timeout)
      return await connectTo(host, await this.#addresses(host, port), port, timeout)
    } catch (error) {
      signal.throwIfAborted()
      const failure = error instanceof BuildFailure ? error : unreachable(host, error)
      this.refusal ??= failure
      throw failure
    }
  }

  /** To be told of all that comes. Throws `fetch.too-large`. */
  received(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes <= this.#limits.bytes) return
    this.refusal ??= tooMuch(this.#limits.bytes)
    throw this.refusal
  }

  /** All of them have to be public: which one is taken is not ours to say. */
  async #addresses(host: string, port: number): Promise<string[]> {
    const found = isIP(host) ? [host] : (await lookup(host, { all: true })).map(({ address }) => address)
    const wrong = found.find((address) => !this.#mayReach(address, port))
    if (wrong !== undefined) throw notPublic(host, wrong)
    return found
  }

  /** The proxy looks names up; one that is a private address by itself, or leads to one here, is refused before. */
  async #named(host: string, port: number): Promise<string> {
    const known = isIP(host) > 0 || (await lookup(host).then(Boolean, () => false))
    if (known) await this.#addresses(host, port)
    return host
  }

  #mayReach(address: string, port: number): boolean {
    if (this.#isAllowed(address)) return true
    return isPublicAddress(address) && (port === HTTPS || !isOwn(address))
  }
}

/** Of the machine itself: what listens there on all addresses is for those behind its firewall. */
function isOwn(address: string): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some((own) => own.address === address))
}

async function connectTo(host: string, addresses: string[], port: number, signal: AbortSignal): Promise<Socket> {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  const socket = connect({ host, port, autoSelectFamily: true, lookup: (_host, _options, done) => done(null, found) })
  const stop = () => socket.destroy(new Error(`no answer within ${CONNECT_MS / 1_000} s`))
  signal.addEventListener('abort', stop, { once: true })
  try {
    await new Promise<void>((resolve, reject) => void socket.once('connect', resolve).once('error', reject))
    return socket
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function notPublic(host: string, address: string): BuildFailure {
  const named = host === address ? host : `${host} (${address})`
  return new BuildFailure(
    'fetch.private-address',
    `${named} is not an address of the public internet, and sources are fetched from there only.`,
    {
      fix: 'Deploy a folder or an archive instead; or an owner of the box names the address in PAAS_SOURCE_HOSTS and restarts the server.',
      command: 'paas deploy .',
    },
  )
}

function unreachable(host: string, cause: unknown): BuildFailure {
  return new BuildFailure('fetch.unreachable', `The box cannot reach ${host}: ${messageOf(cause)}.`, {
    fix: 'Check the address; where the box reaches the internet by a proxy only, an owner of the box names it.',
    command: 'paas box:set https-proxy=http://proxy.example.com:3128',
    retryable: true,
  })
}

function tooMuch(bytes: number): BuildFailure {
  return new BuildFailure(
    'fetch.too-large',
    `More than ${Math.floor(bytes / 1024 ** 2)} MB came, which is the limit.`,
    {
      fix: 'Keep large files outside the repository, such as in object storage.',
    },
  )
}
