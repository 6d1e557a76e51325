import { type Client, createClient } from '../server/contract/client.ts'
import { chooseAppByRemote } from './app-choice.ts'
import type { Channel } from './channel.ts'
import type { Config } from './config.ts'
import { type Credentials, type HostEntry, readCredentials } from './credentials.ts'
import { chooseHost, type HostChoice, requireToken } from './host-choice.ts'
import { hostUrl } from './host-url.ts'
import { version } from './version.ts'

/** The options that every command has. */
export type CommonOptions = {
  app: string | undefined
  remote: string | undefined
  host: string | undefined
  json: boolean
}

export type SignedIn = { client: Client; url: string; token: string; user: string | undefined }
export type ChosenApp = SignedIn & { app: string }

/** Ctrl-C: `signal` fires at the first one; `again` tells whether there was a second one within so many milliseconds. */
export type Interrupts = { signal: AbortSignal; again: (ms: number) => Promise<boolean> }

/** What a command works with: the ways in and out, and the box and the app it is about. */
export class Context {
  readonly config: Config
  readonly out: Channel
  readonly err: Channel
  readonly stdin: NodeJS.ReadStream
  /** Fires at the first Ctrl-C. */
  readonly signal: AbortSignal
  readonly again: Interrupts['again']
  readonly options: CommonOptions
  #credentials: Promise<Credentials> | undefined

  constructor(
    parts: {
      config: Config
      out: Channel
      err: Channel
      stdin: NodeJS.ReadStream
      options: CommonOptions
    } & Interrupts,
  ) {
    this.config = parts.config
    this.out = parts.out
    this.err = parts.err
    this.stdin = parts.stdin
    this.signal = parts.signal
    this.again = parts.again
    this.options = parts.options
  }

  get json(): boolean {
    return this.options.json
  }

  /** The API's body for `--json`: one value, one line. */
  print(value: unknown): void {
    this.out.line(JSON.stringify(value))
  }

  /** True where a question can be asked and answered. */
  get canAsk(): boolean {
    return this.stdin.isTTY === true && this.err.isTTY
  }

  credentials(): Promise<Credentials> {
    this.#credentials ??= readCredentials(this.config.credentialsFile)
    return this.#credentials
  }

  /** A client for any box; requests end at the first Ctrl-C, but for what a command has to say after it. */
  clientFor(url: string, token?: string, { lasting = false } = {}): Client {
    const send: typeof fetch = (target, init) =>
      fetch(target, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, this.signal]) : this.signal })
    return createClient({
      url,
      ...(lasting ? {} : { fetch: send }),
      userAgent: `paas-cli/${version}`,
      ...(token === undefined ? {} : { token }),
    })
  }

  /** The box for commands that are not about one app. */
  async host(): Promise<HostChoice> {
    const named = this.options.host ?? this.config.host
    return this.#choose(named === undefined ? await this.#remoteHost() : undefined)
  }

  async signedIn(): Promise<SignedIn> {
    return this.#signIn(await this.host())
  }

  /** The app by its argument, `-a`, PAAS_APP, or the git remotes; its box with it. */
  async app(argument?: string): Promise<ChosenApp> {
    const named = argument ?? this.options.app ?? (this.options.remote === undefined ? this.config.app : undefined)
    if (named !== undefined) return { app: named, ...(await this.signedIn()) }
    const choice = chooseAppByRemote(await this.#remoteClues())
    return { app: choice.app, ...this.#signIn(await this.#choose(choice.host)) }
  }

  #signIn(choice: HostChoice): SignedIn {
    const { url, token, user } = requireToken(choice)
    return { client: this.clientFor(url, token), url, token, user }
  }

  async #choose(remote: HostEntry | undefined): Promise<HostChoice> {
    return chooseHost({
      flag: this.options.host,
      envHost: this.config.host,
      envToken: this.config.token,
      credentials: await this.credentials(),
      remote,
    })
  }

  /** Asked of git only where the answer can matter: with several boxes to choose from. */
  async #remoteHost(): Promise<HostEntry | undefined> {
    if ((await this.credentials()).hosts.length < 2) return undefined
    try {
      return chooseAppByRemote(await this.#remoteClues()).host
    } catch {
      return undefined
    }
  }

  async #remoteClues() {
    const { configuredRemote, listRemotes } = await import('./git.ts')
    const [remotes, configured, { hosts }] = await Promise.all([listRemotes(), configuredRemote(), this.credentials()])
    const named = this.options.host ?? this.config.host
    const box = named === undefined ? [] : [{ url: hostUrl(named), user: '', token: '' }]
    return { flag: this.options.remote, configured, remotes, hosts: [...box, ...hosts] }
  }
}
