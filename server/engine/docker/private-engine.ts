import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readlink, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const PATIENCE_MS = 60_000

/**
 * A network namespace of its own keeps it out of the way of other engines, but also out of reach of a router. On the
 * machine's network it leaves the firewall alone and takes a bridge that is there already.
 */
export type PrivateNetwork = 'own' | { bridge: string }

/** For tests: a Docker Engine of one's own, to be stopped, killed and started at will. Needs root. */
export class PrivateEngine implements AsyncDisposable {
  readonly socketPath: string
  readonly #directory: string
  readonly #runDirectory: string
  /** Keeps the network and the mounts of the engine when the engine itself is gone. */
  readonly #namespaces: ChildProcess
  readonly #kinds: string[]
  readonly #networkArguments: string[]
  #process: ChildProcess | undefined

  private constructor(directory: string, runDirectory: string, network: PrivateNetwork) {
    this.#kinds = network === 'own' ? ['--net', '--mount'] : ['--mount']
    this.#networkArguments =
      network === 'own' ? [] : ['--iptables=false', '--ip-masq=false', '--bridge', network.bridge]
    this.#namespaces = spawn('unshare', [...this.#kinds, 'sleep', 'infinity'], { stdio: 'ignore' })
    this.#directory = directory
    this.#runDirectory = runDirectory
    this.socketPath = join(runDirectory, 'docker.sock')
  }

  static async start(network: PrivateNetwork = 'own'): Promise<PrivateEngine> {
    const directory = await mkdtemp(join(tmpdir(), 'paas-private-engine-'))
    // containerd's socket paths lie below and must be short.
    const engine = new PrivateEngine(directory, await mkdtemp('/run/paas-'), network)
    await engine.start()
    return engine
  }

  async start(): Promise<void> {
    const enter = ['--target', String(await this.#namespacePid()), ...this.#kinds]
    const daemon = ['dockerd', '-H', `unix://${this.socketPath}`, '--log-level', 'warn']
    const places = ['--data-root', join(this.#directory, 'data'), '--exec-root', this.#runDirectory]
    const pidFile = ['--pidfile', join(this.#runDirectory, 'pid')]
    this.#process = spawn('nsenter', [...enter, ...daemon, ...places, ...pidFile, ...this.#networkArguments], {
      stdio: 'ignore',
    })
    const deadline = Date.now() + PATIENCE_MS
    while (!(await this.#answers())) {
      if (Date.now() > deadline) throw new Error('the private engine did not start')
      await delay(50)
    }
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  /** Its containers live on until it is started again. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
    // Nobody may have reaped its containerd, which the next start would then wait for.
    await rm(join(this.#runDirectory, 'pid'), { force: true })
    await rm(join(this.#runDirectory, 'containerd', 'containerd.pid'), { force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    this.#namespaces.kill()
    for (const path of [this.#directory, this.#runDirectory])
      await rm(path, { recursive: true, force: true, maxRetries: 5 })
  }

  async #namespacePid(): Promise<number> {
    const { pid } = this.#namespaces
    if (pid === undefined) throw new Error('unshare could not be started')
    const own = await readlink('/proc/self/ns/mnt')
    while ((await readlink(`/proc/${pid}/ns/mnt`)) === own) await delay(5)
    return pid
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { exitCode, signalCode } = this.#process ?? { exitCode: 0, signalCode: null }
    if (!this.#process || exitCode !== null || signalCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.kill(signal)
    await exited
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const ping = request({ socketPath: this.socketPath, path: '/_ping' }, (response) => {
        response.resume()
        resolve(response.statusCode === 200)
      })
      ping.on('error', () => resolve(false)).end()
    })
  }
}
