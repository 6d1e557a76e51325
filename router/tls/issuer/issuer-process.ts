import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Log } from '../../log.ts'
import { type Certificate, readCertificate } from '../certificate.ts'
import { Conversation, type Message } from './conversation.ts'
import type { Asking, Issuing, OrderAsked, ProofBoard } from './issuing.ts'
import type { RenewalInfo } from './renewal-info.ts'

/** Beside this file, or beside the one that scripts/build-router.ts makes of all files. */
const MAIN = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? 'main.ts' : 'issuer.mjs', import.meta.url))
/** So long without a question, and it goes. */
const IDLE_MS = 30_000
/** Time to take proofs away again, before it is killed. */
const LEAVE_MS = 10_000

export type IssuerProcessOptions = {
  /** Holds account keys and orders under way. */
  directory: string
  board: ProofBoard
  log: Log
  idleMs?: number
}

type Running = { child: ChildProcess; talk: Conversation; exited: Promise<unknown> }

/**
 * Speaks with issuers in a process of its own, which is there only while there is something to ask: what that takes in
 * memory and in faults never comes near the visitors. It may be killed at any point.
 */
export class IssuerProcess implements Issuing {
  readonly #options: IssuerProcessOptions
  readonly #shown = new Map<string, AsyncDisposable>()
  #running: Running | null = null
  #asking = 0
  #idle: NodeJS.Timeout | undefined

  constructor(options: IssuerProcessOptions) {
    this.#options = options
  }

  /** Null while there is none. */
  get pid(): number | null {
    return this.#running?.child.pid ?? null
  }

  async order(asked: OrderAsked, signal: AbortSignal): Promise<Certificate> {
    const { chain, key } = await this.#ask<{ chain: string; key: string }>('order', asked, signal)
    return readCertificate(chain, key)
  }

  caaIdentities(asked: Asking): Promise<readonly string[]> {
    return this.#ask('caaIdentities', asked)
  }

  async renewalInfo(asked: Asking & { chain: string }): Promise<RenewalInfo | undefined> {
    return (await this.#ask<RenewalInfo | null>('renewalInfo', asked)) ?? undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle)
    const running = this.#running
    this.#leave()
    await running?.exited
  }

  async #ask<Value>(verb: string, body: unknown, signal?: AbortSignal): Promise<Value> {
    clearTimeout(this.#idle)
    this.#asking += 1
    try {
      this.#running ??= this.#start()
      return await this.#running.talk.ask<Value>(verb, body, signal)
    } finally {
      this.#asking -= 1
      if (this.#asking === 0) this.#idle = setTimeout(() => this.#leave(), this.#options.idleMs ?? IDLE_MS).unref()
    }
  }

  #start(): Running {
    const { fork } = process.getBuiltinModule('node:child_process')
    const { directory, log } = this.#options
    const child = fork(MAIN, [directory], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    // A message for one that is gone is answered by its end.
    const channel = { send: (message: Message) => void child.send(message, () => {}) }
    const talk = new Conversation(channel, {
      showFile: ({ id, token, answer }: ShownFile) => this.#show(id, this.#options.board.showFile(token, answer)),
      showCertificate: ({ id, host, pair }: ShownCertificate) =>
        this.#show(id, this.#options.board.showCertificate(host, pair)),
      withdraw: ({ id }: { id: string }) => this.#withdraw(id),
    })
    child.on('message', (message: Message) => talk.receive(message))
    child.on('error', (error) => log.error('issuer.process', { reason: error.message }))
    const exited = Promise.race([once(child, 'exit'), once(child, 'error')]).then(
      ([code, signal]) => this.#ended(running, signal ?? `code ${code}`),
      () => this.#ended(running, 'it cannot be started'),
    )
    const running: Running = { child, talk, exited }
    return running
  }

  async #ended(running: Running, how: unknown): Promise<void> {
    if (this.#running === running) this.#running = null
    await Promise.all([...this.#shown.keys()].map((id) => this.#withdraw(id)))
    await running.talk.end(`The program that speaks with issuers has ended (${how}); the next try goes on from there`)
  }

  #leave(): void {
    const { child, exited } = this.#running ?? {}
    this.#running = null
    if (!child?.connected) return
    child.disconnect()
    const killing = setTimeout(() => child.kill('SIGKILL'), LEAVE_MS)
    void exited?.finally(() => clearTimeout(killing))
  }

  async #show(id: string, showing: Promise<AsyncDisposable>): Promise<void> {
    this.#shown.set(id, await showing)
  }

  async #withdraw(id: string): Promise<void> {
    const shown = this.#shown.get(id)
    this.#shown.delete(id)
    await shown?.[Symbol.asyncDispose]()
  }
}

export type ShownFile = { id: string; token: string; answer: string }
export type ShownCertificate = { id: string; host: string; pair: { chain: string; key: string } }
