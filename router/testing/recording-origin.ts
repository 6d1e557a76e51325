import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

export type Arrival = {
  line: string
  /** Lower-case names. */
  headers: [string, string][]
  host: string
  bodyBytes: number
  /** False while, or when for ever, a part of it is missing. */
  complete: boolean
}

const PROBE = 'paas-health-check'
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/**
 * An app that notes every request by a reading of its own, as lax as the laxest app: lone LF ends a line, and framing is
 * whatever the headers seem to say. What a router lets slip through is seen here.
 */
export class RecordingOrigin implements AsyncDisposable {
  readonly arrivals: Arrival[] = []
  readonly #sockets = new Set<Socket>()
  readonly #server: Server
  port = 0

  static async start(): Promise<RecordingOrigin> {
    const origin = new RecordingOrigin()
    await new Promise<void>((resolve) => origin.#server.listen(0, '127.0.0.1', resolve))
    origin.port = (origin.#server.address() as AddressInfo).port
    return origin
  }

  private constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => this.#sockets.delete(socket))
      let text = ''
      let open: Arrival | null = null
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk
        for (;;) {
          const { arrival, rest } = readRequest(text)
          if (!arrival) return
          if (!open && !isProbe(arrival)) this.arrivals.push(arrival)
          if (open) Object.assign(open, arrival)
          else open = arrival
          if (!arrival.complete) return
          text = rest
          open = null
          socket.write(arrival.line.startsWith('HEAD ') ? ANSWER.slice(0, -2) : ANSWER)
        }
      })
    })
  }

  of(host: string): Arrival[] {
    return this.arrivals.filter((arrival) => arrival.host.toLowerCase().startsWith(host))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function readRequest(text: string): { arrival: Arrival | null; rest: string } {
  const end = /\r?\n\r?\n/.exec(text)
  if (!end) return { arrival: null, rest: text }
  const [line = '', ...lines] = text.slice(0, end.index).split(/\r?\n/)
  const headers = lines.map((header): [string, string] => {
    const colon = header.indexOf(':')
    return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()]
  })
  const value = (name: string) => headers.find(([known]) => known === name)?.[1]
  const body = text.slice(end.index + end[0].length)
  const size = value('transfer-encoding') ? chunkedSize(body) : Number(value('content-length') ?? 0)
  const bodyBytes = typeof size === 'number' ? size : size.payload
  const taken = typeof size === 'number' ? size : size.taken
  const complete = taken >= 0 && body.length >= taken
  const arrival = { line, headers, host: value('host') ?? '', bodyBytes, complete }
  return { arrival, rest: complete ? body.slice(taken) : text }
}

/** -1: not all here. */
function chunkedSize(body: string): { payload: number; taken: number } {
  let at = 0
  let payload = 0
  for (;;) {
    const line = /^([0-9a-f]+)[^\n]*\n/i.exec(body.slice(at))
    if (!line) return { payload, taken: -1 }
    at += line[0].length
    const size = Number.parseInt(line[1] ?? '0', 16)
    payload += size
    if (size > 0) {
      at += size + 2
      continue
    }
    const end = /^([^\n]+\n)*\r?\n/.exec(body.slice(at))
    return { payload, taken: end ? at + end[0].length : -1 }
  }
}

function isProbe({ headers }: Arrival): boolean {
  return headers.some(([name, value]) => name === 'user-agent' && value === PROBE)
}
