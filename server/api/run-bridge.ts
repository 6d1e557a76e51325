import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { WebSocket } from 'ws'
import { RunControl } from '../contract/run.ts'
import { RUN_CHANNEL } from '../contract/run-protocol.ts'
import { heartbeat } from './heartbeat.ts'
import type { ApiServices } from './services.ts'

type RunHandle = NonNullable<ReturnType<ApiServices['runs']['redeem']>>
type Exit = Awaited<RunHandle['exited']>

/** Unsent output at which the run has to wait for its reader. */
const HIGH_WATER_BYTES = 1024 * 1024
const RECHECK_MS = 20
/** After the client is gone: hang up at once, then as an instance is stopped. */
const TERM_AFTER_MS = 10_000
const KILL_AFTER_MS = 30_000
const CLOSE_DONE = 1000
const CLOSE_BAD_FRAME = 1003
/** RFC 6455, section 7.4.1: a policy was violated. */
const CLOSE_NOT_ALLOWED = 1008
/** Waits this long for the client to close its side before the connection is cut. */
const CLOSE_WITHIN_MS = 5_000

/** Carries a terminal between a client and a one-off instance (frames: contract/run.ts). */
export class RunBridge {
  readonly #socket: WebSocket
  readonly #run: RunHandle

  constructor(socket: WebSocket, run: RunHandle) {
    this.#socket = socket
    this.#run = run
  }

  /** Resolves when the run has ended. A client that goes first, or is not `allowed` any more, takes the run with it. */
  async carry(allowed: AbortSignal): Promise<void> {
    const { stdout, stderr, exited } = this.#run
    using _beat = heartbeat(this.#socket)
    this.#socket.on('error', () => this.#socket.terminate())
    this.#socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary))
    this.#run.stdin?.on('error', () => {})
    const hangUp = this.#hangUpWhenGone(allowed)
    try {
      const [exit] = await Promise.all([
        exited,
        this.#send(stdout, RUN_CHANNEL.stdout),
        this.#send(stderr, RUN_CHANNEL.stderr),
      ])
      this.#control({ type: 'exit', code: exitCode(exit) })
      this.#close(CLOSE_DONE)
    } finally {
      hangUp.stop()
    }
  }

  async #send(source: Readable | null, channel: number): Promise<void> {
    if (!source) return
    source.on('data', (chunk: Buffer) => {
      if (this.#socket.readyState !== WebSocket.OPEN) return
      this.#socket.send(Buffer.concat([Buffer.of(channel), chunk]))
      if (this.#socket.bufferedAmount > HIGH_WATER_BYTES) this.#pause(source)
    })
    await finished(source, { writable: false }).catch(() => undefined)
  }

  #pause(source: Readable): void {
    source.pause()
    const timer = setInterval(() => {
      const open = this.#socket.readyState === WebSocket.OPEN
      if (open && this.#socket.bufferedAmount > HIGH_WATER_BYTES / 2) return
      clearInterval(timer)
      source.resume()
    }, RECHECK_MS)
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    if (!isBinary) this.#obey(data)
    else if (data[0] === RUN_CHANNEL.stdin) this.#type(data.subarray(1))
    else this.#socket.close(CLOSE_BAD_FRAME, 'only channel 0 goes in')
  }

  #type(input: Buffer): void {
    const { stdin } = this.#run
    if (!stdin?.writable || stdin.write(input)) return
    this.#socket.pause()
    stdin.once('drain', () => this.#socket.resume())
  }

  #obey(data: Buffer): void {
    const control = RunControl.safeParse(parseJson(data.toString()))
    if (!control.success) {
      this.#socket.close(CLOSE_BAD_FRAME, 'not a control message')
      return
    }
    const message = control.data
    if (message.type === 'eof') this.#run.stdin?.end()
    if (message.type === 'resize') void this.#run.resize(message.columns, message.rows).catch(() => undefined)
    if (message.type === 'signal') void this.#run.signal(message.name).catch(() => undefined)
  }

  /** Nobody can attach again, so a run whose client is gone is stopped: SIGHUP, SIGTERM, SIGKILL. */
  #hangUpWhenGone(allowed: AbortSignal): { stop(): void } {
    const timers: NodeJS.Timeout[] = []
    const later = (name: Parameters<RunHandle['signal']>[0], ms: number) =>
      timers.push(setTimeout(() => void this.#run.signal(name).catch(() => undefined), ms).unref())
    const gone = () => {
      if (timers.length > 0) return
      later('SIGHUP', 0)
      later('SIGTERM', TERM_AFTER_MS)
      later('SIGKILL', KILL_AFTER_MS)
    }
    const refused = () => {
      gone()
      this.#close(CLOSE_NOT_ALLOWED, 'The access that this terminal stands on was taken away.')
    }
    this.#socket.once('close', gone)
    allowed.addEventListener('abort', refused, { once: true })
    return {
      stop: () => {
        this.#socket.off('close', gone)
        allowed.removeEventListener('abort', refused)
        for (const timer of timers) clearTimeout(timer)
      },
    }
  }

  #control(message: RunControl): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  #close(code: number, reason?: string): void {
    this.#socket.close(code, reason)
    const cut = setTimeout(() => this.#socket.terminate(), CLOSE_WITHIN_MS).unref()
    this.#socket.once('close', () => clearTimeout(cut))
  }
}

/** As a shell tells it: 128 and the number of the signal. */
function exitCode({ code, signal }: Exit): number {
  if (code !== null) return code
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? constants.signals.SIGKILL)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
