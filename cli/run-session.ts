import WebSocket from 'ws'
import { ConnectionError } from '../server/contract/client.ts'
import { API_PREFIX } from '../server/contract/paths.ts'
import type { RunControl } from '../server/contract/run.ts'
import { CliError } from './errors.ts'
import { EXIT, exitCodeOfStatus } from './exit-code.ts'
import { readControl, readOutput, stdinFrame } from './run-frames.ts'

const PROTOCOL = 'paas.run.v1'
const TICKET_PREFIX = 'paas.ticket.'
const HANDSHAKE_TIMEOUT_MS = 15_000
/** RFC 6455, section 7.4.1: the token or the role behind the run is gone. */
const CLOSE_NOT_ALLOWED = 1008
/** Standard input waits above this much unsent. */
const UNSENT_MAX_BYTES = 1024 * 1024

export type RunOutput = (stream: 'stdout' | 'stderr', data: Uint8Array, onDrain: () => void) => boolean

/** The connection to a one-off instance: bytes both ways, control messages, and in the end its exit code. */
export class RunSession {
  readonly #socket: WebSocket
  #exitCode: number | undefined

  private constructor(socket: WebSocket) {
    this.#socket = socket
  }

  static async open(url: string, run: { id: string; ticket: string }): Promise<RunSession> {
    const target = new URL(`${API_PREFIX}/runs/${encodeURIComponent(run.id)}/attach`, url)
    target.protocol = target.protocol === 'https:' ? 'wss:' : 'ws:'
    const socket = new WebSocket(target, [PROTOCOL, TICKET_PREFIX + run.ticket], {
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => {
        // Output may have come with the handshake: nothing is read before `outcome` listens.
        socket.pause()
        resolve()
      })
      socket.once('error', (error) =>
        reject(new ConnectionError(`No way to the run at ${target.host}`, { cause: error })),
      )
      socket.once('unexpected-response', (request, { statusCode = 500 }) => {
        request.destroy()
        reject(refused(statusCode))
      })
    })
    return new RunSession(socket)
  }

  /** Resolves with the remote exit code. `write` says false when it wants a pause, and calls `onDrain` after it. */
  async outcome(write: RunOutput): Promise<number> {
    const socket = this.#socket
    const outcome = new Promise<number>((resolve, reject) => {
      socket.on('close', (code, reason) =>
        this.#exitCode === undefined ? reject(ended(code, String(reason))) : resolve(this.#exitCode),
      )
      socket.on('error', () => undefined)
    })
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.#output(data as Buffer, write)
      else this.#control(readControl(String(data)))
    })
    socket.resume()
    return outcome
  }

  #output(frame: Uint8Array, write: RunOutput): void {
    const output = readOutput(frame)
    if (output && !write(output.stream, output.data, () => this.#socket.resume())) this.#socket.pause()
  }

  #control(message: RunControl | undefined): void {
    if (message?.type !== 'exit') return
    this.#exitCode = message.code
    this.#socket.close(1000)
  }

  /** False when the sender should wait until `sent` resolves. */
  send(data: Uint8Array, sent: () => void): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return true
    this.#socket.send(stdinFrame(data), sent)
    return this.#socket.bufferedAmount < UNSENT_MAX_BYTES
  }

  control(message: RunControl): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  close(): void {
    this.#socket.terminate()
  }
}

function refused(status: number): CliError {
  const fix = 'The way to a run is open for 30 seconds, once. Start it again.'
  return new CliError(`The box did not let us into the run (HTTP ${status}).`, { fix }, exitCodeOfStatus(status))
}

function ended(code: number, reason: string): CliError {
  if (code === CLOSE_NOT_ALLOWED) {
    return new CliError(
      `The box ended the run: ${reason}`,
      { fix: 'See who you are.', command: 'paas whoami' },
      EXIT.denied,
    )
  }
  return new CliError(
    `The connection to the run was lost before it ended (code ${code}).`,
    {
      fix: 'It may still be running.',
      command: 'paas runs',
    },
    EXIT.tryAgain,
  )
}
