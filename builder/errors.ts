export type FailureHelp = {
  /** The way out, in words. */
  fix?: string
  /** A command the user can type as it is. */
  command?: string
  /** True for what may pass by itself, such as a registry that does not answer. */
  retryable?: boolean
}

/**
 * The build cannot go on because of what was pushed, or of a service it needs: a result for the user, not a fault of
 * the builder. `code` is stable and reads `noun.reason`; `message` says what happened and why.
 */
export class BuildFailure extends Error {
  readonly code: string
  readonly help: FailureHelp

  constructor(code: string, message: string, help: FailureHelp = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BuildFailure'
    this.code = code
    this.help = help
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function hasErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
