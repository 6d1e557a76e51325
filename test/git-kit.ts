import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import express from 'express'
import { Apps } from '../server/apps/apps.ts'
import { BuildSettingsStore } from '../server/apps/build-settings.ts'
import { Database } from '../server/db/database.ts'
import { gitHttpHandler } from '../server/git/http.ts'
import { PushHandler } from '../server/git/push.ts'
import type { DeployPush } from '../server/git/push-deploy.ts'
import { Repositories } from '../server/git/repositories.ts'
import { SshReceiver } from '../server/git/ssh.ts'
import { createLog } from '../server/log.ts'
import { Access } from '../server/people/access.ts'
import { ActivityLog } from '../server/people/activity.ts'
import type { UserRecord } from '../server/people/actor.ts'
import { Keys } from '../server/people/keys.ts'
import { Tokens } from '../server/people/tokens.ts'
import { Users } from '../server/people/users.ts'

/** For tests: the git wing with a database, real git and OpenSSH clients, and a deploy that the test writes itself. */
const run = promisify(execFile)

type Pushed = Parameters<DeployPush>[0]
type ClientOptions = { cwd?: string; key?: string; input?: string; onOutput?: (text: string) => void }
export type Outcome = { code: number | null; output: string; ms: number }

export class FakeDeploys {
  readonly pushes: Pushed[] = []
  expected = 0
  /** What a push does once its source lies in `file`. */
  deploy: (push: Pushed, file: string) => Promise<boolean> = async (push) => {
    push.output('-----> Launching...')
    return true
  }
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  expectPush(): void {
    this.expected += 1
  }

  async admitPush(): Promise<void> {}

  async push(push: Pushed): Promise<{ accepted: boolean }> {
    const file = join(this.#directory, `source-${this.pushes.push(push)}.tar`)
    try {
      await push.writeSource(file, new AbortController().signal)
    } catch (error) {
      push.output(` !     ${error instanceof Error ? error.message : error}`)
      return { accepted: false }
    }
    return { accepted: await this.deploy(push, file) }
  }
}

export class GitKit implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'paas-git-'))
  readonly db = Database.open(join(this.directory, 'paas.db'))
  readonly users = new Users(this.db)
  readonly keys = new Keys(this.db)
  readonly tokens = new Tokens(this.db)
  readonly access = new Access(this.db)
  readonly apps = new Apps(this.db, this.access)
  readonly activity = new ActivityLog(this.db)
  readonly buildSettings = new BuildSettingsStore(this.db)
  readonly deploys = new FakeDeploys(this.directory)
  readonly logged: string[] = []
  readonly log = createLog('test', 'debug', (line) => this.logged.push(line))
  readonly repositories: Repositories
  readonly push: PushHandler
  readonly #ssh: SshReceiver
  readonly http: Server
  alice!: UserRecord
  sshPort = 0

  constructor(options: { maxPushBytes?: number } = {}) {
    this.repositories = new Repositories(join(this.directory, 'repos'), options)
    this.push = new PushHandler({ ...this, deploys: this.deploys })
    this.#ssh = new SshReceiver({ ...this, hostKeyFile: join(this.directory, 'host_key') })
    this.http = createServer(express().use('/git', gitHttpHandler(this)))
  }

  /** Alice owns the box; her ed25519 key and a work tree with one commit are ready. */
  static async start(options: { maxPushBytes?: number } = {}): Promise<GitKit> {
    const kit = new GitKit(options)
    kit.alice = kit.users.create('alice', { boxOwner: true })
    await kit.addKey('alice', 'ed25519')
    await kit.#listen()
    await kit.git(['init', '-q', '-b', 'main', kit.work], { cwd: kit.directory })
    await kit.commit('app.txt', 'one')
    return kit
  }

  get work(): string {
    return join(this.directory, 'work')
  }

  get remote(): string {
    return `ssh://git@127.0.0.1:${this.sshPort}`
  }

  /** The address of the app over HTTP, with the token in it. */
  httpRemote(app: string, token: string): string {
    const { port } = this.http.address() as AddressInfo
    return `http://git:${token}@127.0.0.1:${port}/git/${app}.git`
  }

  token(user: string, scope: 'read' | 'deploy' | 'admin' = 'deploy', days = 1): string {
    return this.tokens.create(this.users.get(user).id, { description: 'test', scope, days }).secret
  }

  async addKey(user: string, type: 'ed25519' | 'ecdsa' | 'rsa'): Promise<string> {
    const file = join(this.directory, `${user}-${type}`)
    await run('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', `${user}@test`, '-f', file])
    this.keys.add(this.users.get(user).id, await readFile(`${file}.pub`, 'utf8'))
    return file
  }

  async commit(file: string, content: string): Promise<string> {
    await writeFile(join(this.work, file), content)
    await this.git(['add', '-A'])
    await this.git(['commit', '-q', '-m', `change ${file}`])
    return (await this.git(['rev-parse', 'HEAD'])).output.trim()
  }

  /** Runs git as a user's machine would, and never fails: the outcome tells. */
  git(args: string[], options: ClientOptions = {}): Promise<Outcome> {
    return this.client('git', args, options)
  }

  ssh(command: string[], options: { key?: string } = {}): Promise<Outcome> {
    return this.client('ssh', [
      ...this.#sshOptions(options.key),
      '-p',
      String(this.sshPort),
      'git@127.0.0.1',
      ...command,
    ])
  }

  client(file: string, args: string[], options: ClientOptions = {}): Promise<Outcome> {
    const began = performance.now()
    const child = this.spawn(file, args, options)
    let output = ''
    const take = (chunk: Buffer) => {
      output += chunk.toString()
      options.onOutput?.(output)
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    return new Promise<Outcome>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => resolve({ code, output, ms: performance.now() - began }))
    })
  }

  /** In a process group of its own, so that a test can take the whole client away. */
  spawn(file: string, args: string[], { cwd = this.work, key, input }: ClientOptions = {}): ChildProcess {
    const env = this.environment(key)
    const stdin = input === undefined ? 'ignore' : 'pipe'
    const child = spawn(file, args, { cwd, env, stdio: [stdin, 'pipe', 'pipe'], detached: true })
    // What it reads or not is up to git: one that refuses a tree at once ends before it has read it all.
    child.stdin?.on('error', () => {}).end(input)
    return child
  }

  environment(key?: string): Record<string, string> {
    const who = { NAME: 'Alice', EMAIL: 'alice@example.test' }
    return {
      PATH: '/usr/bin:/bin',
      HOME: this.directory,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: who.NAME,
      GIT_AUTHOR_EMAIL: who.EMAIL,
      GIT_COMMITTER_NAME: who.NAME,
      GIT_COMMITTER_EMAIL: who.EMAIL,
      GIT_SSH_COMMAND: ['ssh', ...this.#sshOptions(key)].join(' '),
    }
  }

  /** As after a restart of the server. */
  freshRepositories(): Repositories {
    return new Repositories(join(this.directory, 'repos'))
  }

  /** The commit of a branch in the app's repository. */
  async branch(app: string, name: string): Promise<string | undefined> {
    const record = this.apps.find(app)
    return record && (await (await this.repositories.open(record)).branches()).get(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ssh[Symbol.asyncDispose]()
    this.http.closeAllConnections()
    this.http.close()
    this.db[Symbol.dispose]()
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 })
  }

  async #listen(): Promise<void> {
    this.sshPort = (await this.#ssh.listen('127.0.0.1', 0)).port
    this.http.listen(0, '127.0.0.1')
    await once(this.http, 'listening')
  }

  #sshOptions(key = join(this.directory, 'alice-ed25519')): string[] {
    const known = `UserKnownHostsFile=${join(this.directory, 'known_hosts')}`
    const options = ['IdentitiesOnly=yes', 'StrictHostKeyChecking=accept-new', 'LogLevel=ERROR', known]
    return ['-F', 'none', '-i', key, ...options.flatMap((option) => ['-o', option])]
  }
}
