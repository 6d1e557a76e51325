import { API_PREFIX } from '../../../server/contract/paths.ts'
import type { RunControl } from '../../../server/contract/run.ts'
import { RUN_CHANNEL, RUN_PROTOCOL, RUN_TICKET_PREFIX } from '../../../server/contract/run-protocol.ts'

/** A frame may have 1 MB; what is pasted goes in pieces. */
const PIECE_BYTES = 256 * 1024
/** RFC 6455, section 7.4.1: the server took the permission away. */
const CLOSE_NOT_ALLOWED = 1008

/** `exit` has the code; a line that is lost has taken the run with it. */
export type RunEnd = { how: 'exit'; code: number } | { how: 'lost' | 'refused' }
export type Listening = { onOpen: () => void; onOutput: (bytes: Uint8Array) => void; onEnd: (end: RunEnd) => void }

/** The WebSocket of a terminal: joined once, by the ticket of its run. */
export class RunLine {
  readonly #socket: WebSocket
  #end: RunEnd = { how: 'lost' }

  constructor(run: string, ticket: string, { onOpen, onOutput, onEnd }: Listening) {
    const address = new URL(`${API_PREFIX}/runs/${encodeURIComponent(run)}/attach`, location.href)
    address.protocol = address.protocol.replace('http', 'ws')
    this.#socket = new WebSocket(address, [RUN_PROTOCOL, `${RUN_TICKET_PREFIX}${ticket}`])
    this.#socket.binaryType = 'arraybuffer'
    this.#socket.onopen = onOpen
    this.#socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data === 'string') this.#obey(data)
      else onOutput(new Uint8Array(data, 1))
    }
    this.#socket.onclose = ({ code }) => onEnd(code === CLOSE_NOT_ALLOWED ? { how: 'refused' } : this.#end)
  }

  type(text: string): void {
    const bytes = new TextEncoder().encode(text)
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) this.#send(framed(bytes.subarray(at, at + PIECE_BYTES)))
  }

  resize(columns: number, rows: number): void {
    const message: RunControl = { type: 'resize', columns, rows }
    this.#send(JSON.stringify(message))
  }

  /** The run is told to hang up by the server. */
  close(): void {
    this.#socket.onclose = null
    this.#socket.onmessage = null
    this.#socket.close()
  }

  #send(frame: string | Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame)
  }

  #obey(text: string): void {
    const message = JSON.parse(text) as RunControl
    if (message.type === 'exit') this.#end = { how: 'exit', code: message.code }
  }
}

function framed(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(bytes.length + 1)
  frame[0] = RUN_CHANNEL.stdin
  frame.set(bytes, 1)
  return frame
}
