import { messageOf, PaasError } from '../errors.ts'
import type { Log } from '../log.ts'

/** What a git client is told when it may not go on: what happened, the way out, what to type. */
export function refusalText(error: unknown, log: Log): string {
  if (!(error instanceof PaasError)) {
    log.error('git.failed', { reason: messageOf(error) })
    return 'Something failed on the server; its log says what. Nothing was changed. Try again.'
  }
  const { fix, command } = error.help
  return [error.message, ...(fix ? [fix] : []), ...(command ? [`  ${command}`] : [])].join('\n')
}
