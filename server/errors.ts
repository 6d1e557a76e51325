/** What went wrong, as the edge needs it: the API turns a kind into an HTTP status, the CLI into an exit code. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'limited'
  | 'failed'
  | 'unavailable'

export type ErrorHelp = {
  /** The way out, in words. */
  fix?: string
  /** A command the user can type as it is. */
  command?: string
  /** Where the input was wrong: a path into the body and what was expected there. */
  errors?: { path: string; message: string }[]
}

/**
 * An error meant for the user's eyes. `code` is stable and reads `noun.reason`; `message` says what happened and why.
 * Never put a secret value into any field.
 */
export class PaasError extends Error {
  readonly kind: ErrorKind
  readonly code: string
  readonly help: ErrorHelp

  constructor(kind: ErrorKind, code: string, message: string, help: ErrorHelp = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PaasError'
    this.kind = kind
    this.code = code
    this.help = help
  }
}

/** The text of any thrown value, for logs and user messages. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** True when `error` carries the given system code (`ENOENT`, `EADDRINUSE`, ...). */
export function hasErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
