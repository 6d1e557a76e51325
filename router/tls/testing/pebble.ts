import { type ChildProcess, spawn } from 'node:child_process'
import { Resolver } from 'node:dns/promises'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../../../test/free-ports.ts'
import type { AcmeIssuer } from '../../contract/certificate.ts'
import { call } from '../https-call.ts'
import { pebblePrograms } from './pebble-programs.ts'
import { certificateFor } from './self-signed.ts'

export type PebbleOptions = {
  /** Where it looks for http-01 and tls-alpn-01. */
  httpPort: number
  tlsPort: number
  validitySeconds?: number
  /** Of good nonces that are refused. */
  badNoncePercent?: number
  refused?: string[]
  /** How long it takes to look at a name. */
  lookSeconds?: number
  /** How long clients are to wait between two looks at an order, and at an authorization. */
  retryAfterSeconds?: number
  /** Key ids and their HMAC keys in base64url: without one of them no account is made. */
  boundAccounts?: Record<string, string>
  /** Certificates between root and leaf, and roots whose chains are offered as alternatives. */
  chainLength?: number
  alternateRoots?: number
  /** Where the programs are; else those of the machine's own Debian. */
  programs?: string
}

/** 60 s: it waits its turn on a busy machine. */
const MOST_TRIES = 2_400
const TRY_EVERY_MS = 25

/** A real issuer, Let's Encrypt's test server, with a DNS server in which every name leads to 127.0.0.1. */
export class Pebble implements AsyncDisposable {
  readonly issuer: AcmeIssuer
  /** Of its DNS server, as `address:port`. */
  readonly resolver: string
  readonly #directory: string
  readonly #processes: ChildProcess[]
  readonly dnsControl: string
  readonly #management: string

  static async start(options: PebbleOptions): Promise<Pebble> {
    const programs = options.programs ?? (await pebblePrograms())
    if (!programs) throw new Error('pebble is not there, and Debian cannot be reached')
    const directory = await mkdtemp(join(tmpdir(), 'pebble-'))
    const [api, management, dns, dnsControl] = (await freePorts(4)) as [number, number, number, number]
    const { chain, key } = await certificateFor(['localhost', '127.0.0.1'])
    await writeFile(join(directory, 'cert.pem'), chain)
    await writeFile(join(directory, 'key.pem'), key)
    await writeFile(
      join(directory, 'config.json'),
      JSON.stringify({ pebble: configOf(options, directory, api, management) }),
    )
    const { lookSeconds } = options
    const environment = {
      ...(lookSeconds ? { PEBBLE_VA_SLEEPTIME: String(lookSeconds) } : { PEBBLE_VA_NOSLEEP: '1' }),
      PEBBLE_CHAIN_LENGTH: String(options.chainLength ?? 1),
      PEBBLE_ALTERNATE_ROOTS: String(options.alternateRoots ?? 0),
      PEBBLE_AUTHZREUSE: '0',
      PEBBLE_WFE_NONCEREJECT: String(options.badNoncePercent ?? 20),
    }
    const silent = { stdio: 'ignore' as const, env: environment }
    const names = ['-dns01', `127.0.0.1:${dns}`, '-http01', '', '-https01', '', '-tlsalpn01', '']
    const control = ['-management', `127.0.0.1:${dnsControl}`, '-defaultIPv4', '127.0.0.1', '-defaultIPv6', '']
    const processes = [
      spawn(join(programs, 'pebble-challtestsrv'), [...names, ...control], silent),
      spawn(
        join(programs, 'pebble'),
        ['-config', join(directory, 'config.json'), '-dnsserver', `127.0.0.1:${dns}`],
        silent,
      ),
    ]
    const issuer: AcmeIssuer = {
      ...{ name: 'Pebble', directoryUrl: `https://127.0.0.1:${api}/dir`, eab: null, profile: null },
      ...{ challenge: 'http-01', trustedCa: chain },
    }
    const pebble = new Pebble(
      issuer,
      `127.0.0.1:${dns}`,
      directory,
      processes,
      `127.0.0.1:${dnsControl}`,
      `127.0.0.1:${management}`,
    )
    await pebble.#up()
    return pebble
  }

  private constructor(
    issuer: AcmeIssuer,
    resolver: string,
    directory: string,
    processes: ChildProcess[],
    dnsControl: string,
    management: string,
  ) {
    this.issuer = issuer
    this.resolver = resolver
    this.#directory = directory
    this.#processes = processes
    this.dnsControl = dnsControl
    this.#management = management
  }

  /** What its certificates are to be trusted by; new at every start. */
  async root(): Promise<string> {
    return this.#read(`https://${this.#management}/roots/0`)
  }

  /** Changes its DNS: `set-txt`, `add-a`, `add-aaaa`, `set-default-ipv4`, ... */
  async dns(verb: string, body: object): Promise<void> {
    await call(`http://${this.dnsControl}/${verb}`, { method: 'POST', body: JSON.stringify(body) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes) child.kill('SIGKILL')
    await rm(this.#directory, { recursive: true, maxRetries: 5 })
  }

  async #up(): Promise<void> {
    for (let tries = 0; ; tries++) {
      const answer = await this.#read(this.issuer.directoryUrl).catch(() => '')
      if (answer.includes('newOrder') && (await this.#resolves())) return
      if (tries > MOST_TRIES) throw new Error('pebble does not come up')
      await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS))
    }
  }

  /** Whether its DNS server answers too, which the issuer asks. */
  async #resolves(): Promise<boolean> {
    const resolver = new Resolver({ timeout: 1_000, tries: 1 })
    resolver.setServers([this.resolver])
    const addresses = await resolver.resolve4('up.example.test').catch(() => [])
    return addresses.length > 0
  }

  #read(url: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { rejectUnauthorized: false, agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part) => {
          text += part
        })
        response.on('end', () => resolve(text))
      })
      outgoing.on('error', reject).end()
    })
  }
}

function configOf(options: PebbleOptions, directory: string, api: number, management: number): object {
  return {
    listenAddress: `127.0.0.1:${api}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: join(directory, 'cert.pem'),
    privateKey: join(directory, 'key.pem'),
    httpPort: options.httpPort,
    tlsPort: options.tlsPort,
    ocspResponderURL: '',
    externalAccountBindingRequired: options.boundAccounts !== undefined,
    externalAccountMACKeys: options.boundAccounts ?? {},
    retryAfter: { authz: options.retryAfterSeconds ?? 3, order: options.retryAfterSeconds ?? 5 },
    domainBlocklist: options.refused ?? [],
    certificateValidityPeriod: options.validitySeconds ?? 90 * 86_400,
  }
}
