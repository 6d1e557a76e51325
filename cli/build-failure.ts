import type { BuildFailure } from '../builder/errors.ts'
import { CliError } from './errors.ts'

/** What the builder's own code has found wrong with a folder, as an error of this program; others as they are. */
export function inOurWords(error: unknown): unknown {
  if (!isBuildFailure(error)) return error
  const { fix, command } = error.help
  return new CliError(error.message, { ...(fix !== undefined && { fix }), ...(command !== undefined && { command }) })
}

/** By its name, for the planner is a file of its own with classes of its own. */
function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && error.name === 'BuildFailure' && 'help' in error
}
