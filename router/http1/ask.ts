import type { Connection } from '../io/connection.ts'
import type { Ruled } from '../rules/ruled.ts'
import type { Coder } from './coder.ts'

/** One request, as its client hands it over. */
export type Ask = {
  /** Where the answer goes. */
  connection: Connection
  method: string
  /** Between the client and whoever stands in front of the apps, be it this router or a trusted proxy. */
  https: boolean
  minor: number
  /** The head as the app gets it. */
  text: string
  requestId: string
  accept: string | undefined
  acceptsTrailers: boolean
  lines?: string
  /** The protocol of a valid `Upgrade`. */
  upgrade: string | null
  /** The client does not reuse its connection after this. */
  close: boolean
  /** Null: the service has no rules. */
  ruled: Ruled | null
  /** Compresses the answer; null: it passes as it is. */
  coder: Coder | null
}

/** What an exchange asks of its client. */
export interface Asker {
  readonly connection: Connection
  /** The exchange is over. `sent`: all of the request has gone out; `close`: the connection is over too, in order. */
  finished(sent: boolean, close: boolean): void
  /** What came after the head of an upgrade. */
  takeHeld(): Buffer
  /** The exchange is over, and what was sent of the answer must not look whole. */
  broken(unmarked: boolean): void
}
