import type { Secure } from '../io/connection.ts'
import type { OwnAnswer, OwnAnswers } from '../own-answers.ts'

/**
 * What the router says before any service is asked: its own answers, or that a connection was made for one name and the
 * request is for another (RFC 9110 section 15.5.20), whose certificate and rules were never looked at. `https`: the
 * visitor has it, though perhaps with a proxy in front of the router.
 */
export function answerBefore(
  answers: OwnAnswers,
  secure: Secure | null,
  https: boolean,
  method: string,
  host: string,
  authority: string,
  path: string,
): OwnAnswer | undefined {
  if (secure === null) return answers.find({ secure: https, method, host, authority, path })
  if (secure.servername === '' || secure.servername === host) return undefined
  const body = `421 Misdirected Request\nThis connection was made for ${secure.servername}.\n`
  return { status: 421, headers: ['Content-Type', 'text/plain; charset=utf-8'], body }
}
