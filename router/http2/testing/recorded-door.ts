import { RecordingOrigin } from '../../testing/recording-origin.ts'
import { HOST, Rig, target, until } from '../../testing/rig.ts'
import { openStreamDoor, type StreamDoor } from '../../testing/stream-door.ts'
import type { RawClient } from './raw-client.ts'

export type RequestLines = (readonly [name: string, value: string])[]

export const GET: RequestLines = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/'],
  [':authority', HOST],
]
export const POST: RequestLines = [[':method', 'POST'], ...GET.slice(1)]

/** A router that speaks HTTP/2 without TLS, before an app that notes all that reaches it. */
export class RecordedDoor implements AsyncDisposable {
  readonly origin: RecordingOrigin
  readonly #rig: Rig
  readonly #door: StreamDoor

  static async start(): Promise<RecordedDoor> {
    const rig = await Rig.start()
    const origin = await RecordingOrigin.start()
    await rig.serve([target(origin.port)])
    return new RecordedDoor(rig, origin, await openStreamDoor(rig.plane, { alpn: 'h2' }))
  }

  private constructor(rig: Rig, origin: RecordingOrigin, door: StreamDoor) {
    this.#rig = rig
    this.origin = origin
    this.#door = door
  }

  get port(): number {
    return this.#door.port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rig[Symbol.asyncDispose]()
    await this.#door[Symbol.asyncDispose]()
    await this.origin[Symbol.asyncDispose]()
  }
}

/** Resolves with a status when a stream was answered, else with the code of its reset, or of the connection's end. */
export async function outcome(client: RawClient, id: number): Promise<string> {
  const over = () => client.resetCode(id) ?? client.goAwayCode
  await until(() => client.statuses(id).length > 0 || over() !== undefined)
  return client.statuses(id).at(-1) ?? `reset ${over()}`
}
