import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RouterClient } from '../router/client.ts'
import { type Client, createClient } from '../server/contract/client.ts'
import { endProcess, listening, stop } from './local-process.ts'
import { runCommand } from './run-command.ts'

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
/** The pinned Node that `npm ci` brought, which also runs this file. */
export const NODE = process.execPath
/** Debian's bundle: what the machine trusts, builds on it trust too. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'

export type LocalBoxOptions = {
  engine: 'docker' | 'embedded'
  /** Default: a temporary directory that goes with the box. */
  data?: string
  /** 0 is any free port, which is also the default. */
  ports?: { http?: number; api?: number; ssh?: number }
  /** The router's port for TLS; without it there is none. */
  https?: number
  /** For the server, beside what the box needs. */
  environment?: Record<string, string>
  /** Run between `init` and the first start, such as to write a setting. */
  prepare?: (data: string) => void
}

export type Ports = { http: number; api: number; ssh: number }

/** The programs as they are installed, in one file each; made once by each program that starts boxes. */
const built = { router: madeOnce('router', 'main.mjs'), server: madeOnce('server', 'main.cjs') }

function madeOnce(name: string, file: string): () => Promise<string> {
  let made: Promise<unknown> | undefined
  return async () => {
    made ??= runCommand(NODE, [join(ROOT, `scripts/build-${name}.ts`)], { cwd: ROOT })
    await made
    return join(ROOT, 'dist', name, file)
  }
}

/**
 * A whole box on this machine: a router and a server as processes of their own on free ports, claimed, with a user, a
 * token and an SSH key. What `scripts/try`, the end-to-end tests and the benches stand on.
 */
export class LocalBox implements AsyncDisposable {
  readonly data: string
  readonly #options: LocalBoxOptions
  readonly #temporary: boolean
  #ports: Ports
  #router: ChildProcess | undefined
  #server: ChildProcess | undefined
  #token = ''
  #fingerprint = ''
  claim: string | null = null

  private constructor(data: string, temporary: boolean, options: LocalBoxOptions) {
    this.data = data
    this.#temporary = temporary
    this.#options = options
    this.#ports = { http: options.ports?.http ?? 0, api: options.ports?.api ?? 0, ssh: options.ports?.ssh ?? 0 }
  }

  /** Ready to be pushed to. `claimAs: null` leaves it unclaimed. */
  static async start(options: LocalBoxOptions, claimAs: string | null = 'owner'): Promise<LocalBox> {
    const data = options.data ?? (await mkdtemp(join(tmpdir(), 'paas-')))
    await mkdir(data, { recursive: true, mode: 0o700 })
    const box = new LocalBox(data, options.data === undefined, options)
    try {
      await box.#initialise()
      await box.startRouter()
      await box.startServer()
      if (claimAs !== null) await box.#signIn(claimAs)
      return box
    } catch (error) {
      await box[Symbol.asyncDispose]()
      throw error
    }
  }

  get ports(): Ports {
    return this.#ports
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.#ports.api}`
  }

  get token(): string {
    return this.#token
  }

  get sshFingerprint(): string {
    return this.#fingerprint
  }

  get serverPid(): number {
    return this.#server?.pid ?? 0
  }

  get routerPid(): number {
    return this.#router?.pid ?? 0
  }

  client(token: string = this.#token): Client {
    return createClient({ url: this.apiUrl, token })
  }

  sshRemote(app: string): string {
    return `ssh://git@127.0.0.1:${this.#ports.ssh}/${app}`
  }

  httpRemote(app: string, token: string = this.#token): string {
    return `http://paas:${token}@127.0.0.1:${this.#ports.api}/git/${app}.git`
  }

  /** For git, so that it knows this box's key and the user's, and nothing of this machine. */
  gitEnvironment(keyFile: string = join(this.data, 'user', 'id_ed25519')): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: join(this.data, 'user'),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: 'Test',
      GIT_AUTHOR_EMAIL: 'test@example.test',
      GIT_COMMITTER_NAME: 'Test',
      GIT_COMMITTER_EMAIL: 'test@example.test',
      GIT_SSH_COMMAND: [
        'ssh -F none -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new',
        `-o UserKnownHostsFile=${join(this.data, 'user', 'known_hosts')}`,
        `-i ${keyFile}`,
      ].join(' '),
    }
  }

  async startRouter(): Promise<void> {
    this.#router = this.#spawn('router', ['--max-semi-space-size=16', '--no-parallel-scavenge', await built.router()], {
      PAAS_ROUTER_HTTP_HOST: '127.0.0.1',
      PAAS_ROUTER_HTTP_PORT: String(this.#ports.http),
      PAAS_ROUTER_SOCKET: this.#routerSocket,
      PAAS_ROUTER_STATE: join(this.data, 'router'),
      ...(this.#options.https ? { PAAS_ROUTER_HTTPS_PORT: String(this.#options.https) } : {}),
    })
    const { http } = await listening<{ http: number }>(this.#router, 'router')
    this.#ports = { ...this.#ports, http }
  }

  async startServer(environment: Record<string, string> = {}): Promise<void> {
    this.#server = this.#spawn('server', ['--max-semi-space-size=4', await built.server()], {
      ...this.#serverEnvironment(),
      ...environment,
    })
    const { api, ssh } = await listening<{ api: number; ssh: { port: number; fingerprint: string } }>(
      this.#server,
      'server',
    )
    this.#ports = { ...this.#ports, api, ssh: ssh.port }
    this.#fingerprint = ssh.fingerprint
  }

  async stopServer(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await stop(this.#server, signal)
  }

  async stopRouter(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const successors = await this.#routerProcesses()
    await stop(this.#router, signal)
    for (const pid of successors) await endProcess(pid, signal)
  }

  /** Starts the router anew from the files on disk, without a gap. */
  async restartRouter(): Promise<void> {
    await new RouterClient(this.#routerSocket).restart()
  }

  /** Those that serve now, which after a restart are no children of ours. */
  async #routerProcesses(): Promise<number[]> {
    const { processes } = await new RouterClient(this.#routerSocket).status().catch(() => ({ processes: [] }))
    return processes.map(({ pid }) => pid).filter((pid) => pid !== this.#router?.pid)
  }

  /** Resolves with the exit code or signal when the server ends by itself. */
  async serverEnded(): Promise<number | string> {
    const server = this.#server
    const ended = server?.exitCode ?? server?.signalCode ?? null
    if (!server || ended !== null) return ended ?? 0
    return await new Promise((resolve) => server.once('exit', (code, signal) => resolve(code ?? signal ?? 0)))
  }

  async serverLog(): Promise<string> {
    return await readFile(join(this.data, 'server.log'), 'utf8')
  }

  /** Makes a key pair of the given type and returns the private key's file. */
  async makeKey(type: 'ed25519' | 'ecdsa' | 'rsa', name = `id_${type}`, comment = 'a user'): Promise<string> {
    const file = join(this.data, 'user', name)
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await rm(file, { force: true })
    await runCommand('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', comment, '-f', file])
    return file
  }

  /** Everything that the box has started goes, on the engine too. */
  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.#server, 'SIGTERM')
    await runCommand(NODE, [await built.server(), 'remove-instances', '--with-data'], {
      env: { ...process.env, ...this.#serverEnvironment() },
    }).catch(() => undefined)
    await this.stopRouter()
    if (this.#temporary) await rm(this.data, { recursive: true, force: true, maxRetries: 5 })
  }

  get #routerSocket(): string {
    return join(this.data, 'router', 'control.sock')
  }

  #serverEnvironment(): Record<string, string> {
    return {
      PAAS_DATA: this.data,
      PAAS_ENGINE: this.#options.engine,
      PAAS_API_HOST: '127.0.0.1',
      PAAS_API_PORT: String(this.#ports.api),
      PAAS_SSH_HOST: '127.0.0.1',
      PAAS_SSH_PORT: String(this.#ports.ssh),
      PAAS_BASE_DOMAIN: 'localhost',
      PAAS_PUBLIC_HTTP_PORT: String(this.#ports.http),
      PAAS_ROUTER_SOCKET: this.#routerSocket,
      ...(this.#options.https ? { PAAS_PUBLIC_HTTPS_PORT: String(this.#options.https) } : {}),
      ...(existsSync(CERTIFICATES) ? { PAAS_CERTIFICATE_BUNDLE: CERTIFICATES } : {}),
      ...this.#options.environment,
    }
  }

  async #initialise(): Promise<void> {
    const { stdout } = await runCommand(NODE, [await built.server(), 'init'], {
      env: { ...process.env, ...this.#serverEnvironment() },
    })
    this.claim = (JSON.parse(stdout) as { claim: string | null }).claim
    this.#options.prepare?.(this.data)
  }

  async #signIn(name: string): Promise<void> {
    const file = join(this.data, 'user', 'token')
    if (this.claim === null) {
      this.#token = (await readFile(file, 'utf8')).trim()
      return
    }
    const claimed = await this.client('').call('box.claim', { body: { secret: this.claim, user: name } })
    this.#token = claimed.token.secret
    const key = await this.makeKey('ed25519')
    await writeFile(file, this.#token, { mode: 0o600 })
    await this.client().call('keys.add', { body: { publicKey: await readFile(`${key}.pub`, 'utf8') } })
  }

  #spawn(name: string, args: string[], environment: Record<string, string>): ChildProcess {
    const child = spawn(NODE, args, {
      cwd: ROOT,
      env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: COMPILE_CACHE, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const log = createWriteStream(join(this.data, `${name}.log`), { flags: 'a', mode: 0o600 })
    // A full disk takes no more of it, and must not keep the program waiting.
    log.on('error', () => child.stderr?.resume())
    child.stderr?.pipe(log)
    return child
  }
}

/** Without it Node strips the types at every start: 18 MB and 300 ms more for each process. */
export const COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'node')
