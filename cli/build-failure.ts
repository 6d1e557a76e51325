import { BuildFailure } from '../builder/errors.ts'
import { CliError } from './errors.ts'

/** What the builder's own code has found wrong with a folder, as an error of this program; others as they are. */
export function inOurWords(error: unknown): unknown {
  if (!(error instanceof BuildFailure)) return error
  const { fix, command } = error.help
  return new CliError(error.message, { ...(fix !== undefined && { fix }), ...(command !== undefined && { command }) })
}
