import { randomUUID } from '../../builtins.ts'
import { readConfig } from '../../config.ts'
import { createLog } from '../../log.ts'
import { wallClock } from '../clock.ts'
import { Conversation, type Message } from './conversation.ts'
import { IssuerDesk } from './desk.ts'
import type { ShownCertificate, ShownFile } from './issuer-process.ts'
import type { Asking, OrderAsked, ProofBoard } from './issuing.ts'

/** For taking proofs away again when the router is gone. */
const LEAVE_MS = 8_000

/*
 * The process that IssuerProcess starts: `main.ts <directory>`, with a channel to the router. It ends with that channel,
 * so that no router ever leaves one behind.
 */
const [directory = ''] = process.argv.slice(2)
const board: ProofBoard = {
  showFile: (token, answer) => show('showFile', { id: randomUUID(), token, answer }),
  showCertificate: (host, pair) => show('showCertificate', { id: randomUUID(), host, pair }),
}
const desk = new IssuerDesk({ directory, board, clock: wallClock, log: createLog(readConfig().logLevel) })
const talk = new Conversation(
  { send: (message: Message) => void (process.connected && process.send?.(message)) },
  {
    order: async (asked: OrderAsked, signal) => {
      const { chain, key } = await desk.order(asked, signal)
      return { chain, key }
    },
    caaIdentities: (asked: Asking) => desk.caaIdentities(asked),
    renewalInfo: async (asked: Asking & { chain: string }) => (await desk.renewalInfo(asked)) ?? null,
  },
)

async function show(verb: string, proof: ShownFile | ShownCertificate): Promise<AsyncDisposable> {
  await talk.ask(verb, proof)
  return { [Symbol.asyncDispose]: () => talk.ask<void>('withdraw', { id: proof.id }).catch(() => {}) }
}

process.on('message', (message: Message) => talk.receive(message))
process.once('disconnect', async () => {
  setTimeout(() => process.exit(0), LEAVE_MS).unref()
  await talk.end('the router is gone')
  process.exit(0)
})
// The router decides when this ends: Ctrl-C reaches the whole group.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
