import type { FailureCode } from './failures.ts'

/** A request that is over, as it is logged and counted. */
export interface Finished {
  readonly service: { readonly name: string; readonly spec: { readonly id?: string } }
  readonly asked: Asked
  readonly visitor: { readonly address: string; readonly protocol: 'http' | 'https' }
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Who answered, or was asked last; null: nobody was. */
  readonly target: { readonly instance: string; readonly release: number } | null
  readonly status: number
  readonly code: FailureCode | undefined
  /** From its first to its last moment, in whole microseconds; of a tunnel, until that has closed. */
  readonly micros: number
  /** What a new connection to the target took of it; 0: one was there. */
  readonly connectMicros: number
  /** Bytes of bodies, or of a tunnel: for the client, and from it. */
  readonly bytes: number
  readonly received: number
  /** How often another target or connection had to be tried. */
  readonly retries: number
  /** It became a tunnel. */
  readonly tunnelled: boolean
}

/** What is known of a request when it begins. */
export interface Asked {
  readonly method: string
  /** In origin form. */
  readonly path: string
  /** Host, as it came. */
  readonly authority: string
  readonly requestId: string
}
