import { EXIT } from './exit-code.ts'

export type ErrorAdvice = {
  /** The way out, in words. */
  fix?: string
  /** A command to type as it is. Never holds a secret. */
  command?: string
  /** One line each, below the message. */
  list?: string[]
}

/** An error meant for the user's eyes; the message says what happened and why. */
export class CliError extends Error {
  readonly advice: ErrorAdvice
  readonly exitCode: number

  constructor(message: string, advice: ErrorAdvice = {}, exitCode: number = EXIT.failed) {
    super(message)
    this.name = 'CliError'
    this.advice = advice
    this.exitCode = exitCode
  }
}

/** The command line itself is wrong: thrown before anything is sent. */
export class UsageError extends CliError {
  constructor(message: string, advice: ErrorAdvice = {}) {
    super(message, advice, EXIT.usage)
    this.name = 'UsageError'
  }
}

/** True when `error` carries the given system code (`ENOENT`, `EPIPE`, ...). */
export function hasErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
