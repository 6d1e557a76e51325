import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Decoder } from '../decoder.ts'
import { CODE, FLAG, FRAME, FRAME_HEADER_BYTES, PREFACE } from '../frames.ts'

export type Frame = { type: number; flags: number; id: number; payload: Buffer }
/** What a connection came to: the code of a GOAWAY, or `open`. */
export type Fate = number | 'open' | 'closed'

/** A frame as bytes. */
export function frame(type: number, flags: number, id: number, payload: Buffer | string = ''): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload
  const header = Buffer.alloc(FRAME_HEADER_BYTES)
  header.writeUIntBE(body.length, 0, 3)
  header[3] = type
  header[4] = flags
  header.writeUInt32BE(id, 5)
  return Buffer.concat([header, body])
}

/** A field block of literals that are never indexed, without Huffman coding. */
export function blockOf(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  const parts = fields.flatMap(([name, value]) => [Buffer.from([0x10]), stringOf(name), stringOf(value)])
  return Buffer.concat(parts)
}

function stringOf(text: string): Buffer {
  const { length } = text
  const rest: number[] = []
  if (length >= 127) {
    let left = length - 127
    for (; left >= 128; left >>= 7) rest.push((left & 127) | 128)
    rest.push(left)
  }
  return Buffer.concat([Buffer.from([Math.min(length, 127), ...rest]), Buffer.from(text, 'latin1')])
}

export const EMPTY_SETTINGS = frame(FRAME.settings, 0, 0)
export const SETTINGS_ACK = frame(FRAME.settings, FLAG.ack, 0)

/** A client that sends whatever it is told to, and keeps what comes. */
export class RawClient implements Disposable {
  readonly socket: Socket
  readonly frames: Frame[] = []
  readonly #decoder = new Decoder()
  #bytes: Buffer = Buffer.alloc(0)
  closed = false

  /** With a preface and SETTINGS, unless it is to be `silent`. */
  static async connect(port: number, silent = false): Promise<RawClient> {
    const client = new RawClient(port)
    await once(client.socket, 'connect')
    if (!silent) client.send(PREFACE, EMPTY_SETTINGS, SETTINGS_ACK)
    return client
  }

  private constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.closed = true
    })
    this.socket.on('data', (bytes) => this.#read(bytes))
  }

  send(...parts: Buffer[]): void {
    this.socket.write(Buffer.concat(parts))
  }

  /** HEADERS that ends its block. */
  request(id: number, fields: readonly (readonly [string, string])[], endStream = true): void {
    this.send(frame(FRAME.headers, FLAG.endHeaders | (endStream ? FLAG.endStream : 0), id, blockOf(fields)))
  }

  of(type: number, id?: number): Frame[] {
    return this.frames.filter((found) => found.type === type && (id === undefined || found.id === id))
  }

  /** The code with which a stream was reset. */
  resetCode(id: number): number | undefined {
    return this.of(FRAME.rstStream, id).at(-1)?.payload.readUInt32BE()
  }

  get goAwayCode(): number | undefined {
    return this.of(FRAME.goaway).at(-1)?.payload.readUInt32BE(4)
  }

  /** Statuses of the answers on a stream. */
  statuses(id: number): string[] {
    return this.#statuses.get(id) ?? []
  }

  /** Whether the connection lives, and else why not: asks, and waits for the answer. */
  async fate(): Promise<Fate> {
    const seen = this.of(FRAME.ping).length
    this.send(frame(FRAME.ping, 0, 0, 'are you?'))
    for (;;) {
      if (this.goAwayCode !== undefined && this.goAwayCode !== CODE.noError) return this.goAwayCode
      if (this.of(FRAME.ping).length > seen) return 'open'
      if (this.closed) return 'closed'
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }

  readonly #statuses = new Map<number, string[]>()

  #read(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    while (this.#bytes.length >= FRAME_HEADER_BYTES) {
      const end = FRAME_HEADER_BYTES + this.#bytes.readUIntBE(0, 3)
      if (this.#bytes.length < end) return
      const [type = 0, flags = 0] = this.#bytes.subarray(3, 5)
      const found = {
        type,
        flags,
        id: this.#bytes.readUInt32BE(5),
        payload: this.#bytes.subarray(FRAME_HEADER_BYTES, end),
      }
      this.frames.push(found)
      if (type === FRAME.headers) this.#decode(found)
      this.#bytes = this.#bytes.subarray(end)
    }
  }

  #decode({ id, payload }: Frame): void {
    this.#decoder.decode(payload, 0, payload.length, {
      take: ({ name, value }) => {
        if (name === ':status') this.#statuses.set(id, [...this.statuses(id), value])
      },
    })
  }
}
