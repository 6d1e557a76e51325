import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { AccessLog, type RequestLog } from '../access-log.ts'
import type { RequestRecord } from '../contract/event.ts'
import {
  DEFAULT_HEALTH_CHECK,
  DEFAULT_TIMEOUTS,
  type RouterTable,
  type ServiceSpec,
  type TargetSpec,
} from '../contract/table.ts'
import { EventStream } from '../event-stream.ts'
import { DataPlane } from '../http1/data-plane.ts'
import { PLANE_LIMITS } from '../http1/plane.ts'
import { createLog } from '../log.ts'
import { NO_ANSWERS } from '../own-answers.ts'
import { requestLine } from '../request-line.ts'
import { Router } from '../router.ts'
import { SERVICE_LIMITS, type ServiceLimits } from '../service.ts'
import { StateDirectory } from '../state.ts'
import { readTable } from '../table.ts'
import { testIo } from './io.ts'

export const HOST = 'app.test'
/** What is waited for comes at once, and on a busy machine late. */
const LONGEST_MS = 20_000

/** The router without its control socket, in this process, on a free port. */
export class Rig implements AsyncDisposable {
  readonly router: Router
  readonly plane: DataPlane
  readonly events = new EventStream()
  readonly records: RequestRecord[] = []
  readonly directory: string
  readonly accessLog: AccessLog
  #version = 0
  port = 0

  static async start(options: { limits?: Partial<ServiceLimits> } = {}): Promise<Rig> {
    const rig = new Rig(await mkdtemp(join(tmpdir(), 'router-')), { ...SERVICE_LIMITS, ...options.limits })
    rig.port = await rig.plane.listen({ host: '127.0.0.1', port: 0 })
    return rig
  }

  private constructor(directory: string, limits: ServiceLimits) {
    this.directory = directory
    const log = createLog('error', () => {})
    const state = new StateDirectory(directory, log)
    this.router = new Router({ state, events: this.events, bootId: 'this-boot', limits })
    this.accessLog = new AccessLog(this.events)
    const requests: RequestLog = {
      finished: (request) => {
        this.records.push(JSON.parse(requestLine(request)))
        this.accessLog.finished(request)
      },
      answered: (status) => this.accessLog.answered(status),
    }
    this.plane = new DataPlane(this.router, requests, PLANE_LIMITS, NO_ANSWERS, testIo)
  }

  /** Puts a table with these services under the next version. */
  put(...services: ServiceSpec[]): Promise<unknown> {
    return this.router.put(this.table(...services))
  }

  table(...services: ServiceSpec[]): RouterTable {
    this.#version += 1
    return readTable({ version: this.#version, engineBootId: 'engine', services })
  }

  /** Puts targets into service and waits until the router reaches them. */
  async serve(targets: TargetSpec[], changes: Partial<ServiceSpec> = {}): Promise<void> {
    const spec = service({ targets, ...changes })
    const signal = AbortSignal.timeout(LONGEST_MS)
    const { healthCheck } = spec
    const answer = await this.router.probe({ service: spec.name, targets, healthCheck, deadlineMs: LONGEST_MS }, signal)
    if (!answer.healthy) throw new Error(`not healthy: ${JSON.stringify(answer)}`)
    await this.put(spec)
  }

  /** Everything the event stream says from now on. */
  listen(): PassThrough {
    const sink = new PassThrough()
    this.events.add(sink)
    return sink
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.plane.stop(0)
    this.router[Symbol.dispose]()
    await rm(this.directory, { recursive: true })
  }
}

export function service(changes: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    name: 'app',
    hosts: [HOST],
    targets: [],
    maintenance: false,
    empty: 'blank',
    healthCheck: DEFAULT_HEALTH_CHECK,
    timeouts: DEFAULT_TIMEOUTS,
    ...changes,
  }
}

export function target(port: number, id = `i-${port}`): TargetSpec {
  return { id, instance: 'web.1', release: 1, host: '127.0.0.1', port }
}

/** Lets what has been sent arrive, in this process: a single pause may be over before sockets are looked at. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 5))
}

export async function until(condition: () => boolean, ms = LONGEST_MS): Promise<void> {
  const deadline = Date.now() + ms
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not true within ${ms} ms: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
