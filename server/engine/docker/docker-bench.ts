import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureTinyImage } from '../../../test/tiny-image.ts'
import { createLog } from '../../log.ts'
import { DockerEngine, type DockerEngineOptions } from '../docker.ts'
import type { Exit, RunRequest, Workload } from '../engine.ts'
import { Connection } from './connection.ts'

const LIMITS = { memoryMb: 128, cpus: 1, pids: 64 }

type Choice = Partial<Pick<DockerEngineOptions, 'socketPath' | 'privatePorts' | 'closedBuilds' | 'log'>>

/** For tests: a box of its own on a real engine; nothing is left of it afterwards. */
export class DockerBench implements AsyncDisposable {
  readonly options: DockerEngineOptions
  readonly image: string
  engine: DockerEngine

  private constructor(options: DockerEngineOptions, image: string) {
    this.options = options
    this.image = image
    this.engine = new DockerEngine(options)
  }

  static async open(choice: Choice = {}): Promise<DockerBench> {
    const socketPath = choice.socketPath ?? '/var/run/docker.sock'
    const log = choice.log ?? createLog('test', 'error')
    const stateDirectory = await mkdtemp(join(tmpdir(), 'paas-docker-bench-'))
    const boxId = `bench-${randomBytes(4).toString('hex')}`
    const options = { ...choice, socketPath, boxId, subnetPool: '100.96.0.0/12', stateDirectory, log }
    const bench = new DockerBench(options, await ensureTinyImage(socketPath))
    await bench.engine.start()
    return bench
  }

  /** As a restart of the server does. */
  async reopen(): Promise<void> {
    await this.engine[Symbol.asyncDispose]()
    this.engine = new DockerEngine(this.options)
    await this.engine.start()
  }

  workload(command: string[], changes: Partial<Workload> = {}): Workload {
    const key = { app: 'alpha', release: 1, processType: 'web', quantity: 1 }
    const rest = { environment: {}, listens: true, limits: LIMITS, stopGraceMs: 1_000 }
    return { ...key, image: this.image, command, ...rest, ...changes }
  }

  request(command: string[], changes: Partial<RunRequest> = {}): RunRequest {
    const name = `run.${randomBytes(2).readUInt16BE()}`
    const key = { app: 'alpha', release: 1, name, image: this.image, command }
    return { ...key, environment: {}, limits: LIMITS, tty: null, attach: true, ...changes }
  }

  /** Runs a command in the app's network and returns what it printed. */
  async output(command: string[], changes: Partial<RunRequest> = {}): Promise<{ text: string; exit: Exit }> {
    const run = await this.engine.run(this.request(command, changes))
    let text = ''
    run.stderr?.resume()
    for await (const chunk of run.stdout ?? []) text += chunk
    return { text: text.trim(), exit: await run.exited }
  }

  /** The test image with labels of its own; the caller removes it by its id. */
  async labelled(labels: Record<string, string>): Promise<string> {
    const connection = new Connection(this.options.socketPath)
    connection.open()
    return await connection.perform(async (docker) => {
      const container = await docker.createContainer({ Image: this.image, Cmd: ['true'], Labels: labels })
      const { Id } = await container.commit({ repo: `paas-test/labelled-${this.options.boxId}` })
      await container.remove()
      return Id
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.removeBox()
    await this.engine[Symbol.asyncDispose]()
    await rm(this.options.stateDirectory, { recursive: true, force: true })
  }
}
