import { ApiError, ConnectionError } from '../server/contract/client.ts'
import type { Problem } from '../server/contract/problem.ts'
import { CliError } from './errors.ts'
import { EXIT, exitCodeOfStatus } from './exit-code.ts'

/** What every error looks like, wherever it came from. */
export type Fault = {
  message: string
  list: string[]
  fix: string | undefined
  command: string | undefined
  docs: string | undefined
  requestId: string | undefined
  exitCode: number
}

const NOTHING_MORE = { list: [], fix: undefined, command: undefined, docs: undefined, requestId: undefined }

/** Turns whatever was thrown into what the user is told and the exit code. */
export function faultOf(error: unknown): Fault {
  if (error instanceof ApiError) return problemFault(error.problem)
  if (error instanceof CliError) {
    const { list = [], fix, command } = error.advice
    return { ...NOTHING_MORE, message: error.message, list, fix, command, exitCode: error.exitCode }
  }
  if (error instanceof ConnectionError) return unreachable(`${error.message}${causeOf(error)}.`)
  if (isBrokenStream(error)) return unreachable('The connection to the box was lost.')
  const message = error instanceof Error ? error.message : String(error)
  return { ...NOTHING_MORE, message, exitCode: EXIT.failed }
}

function problemFault(problem: Problem): Fault {
  return {
    message: problem.detail,
    list: (problem.errors ?? [])
      .filter(({ message }) => !problem.detail.includes(message))
      .map(({ path, message }) => `${path}: ${message}`),
    fix: problem.fix,
    command: problem.command ?? (problem.status === 401 ? 'paas login' : undefined),
    docs: problem.docs,
    requestId: problem.requestId === '-' ? undefined : problem.requestId,
    exitCode: exitCodeOfStatus(problem.status),
  }
}

function unreachable(message: string): Fault {
  const fix = 'Check that the box is up and that its address is right (--host, PAAS_HOST), then try again.'
  return { ...NOTHING_MORE, message, fix, exitCode: EXIT.tryAgain }
}

/** Node's fetch wraps the reason twice: `fetch failed`, then ECONNREFUSED or a TLS error below it. */
function causeOf(error: ConnectionError): string {
  let cause: unknown = error.cause
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause
  if (!(cause instanceof Error)) return ''
  return `: ${cause.message || ('code' in cause ? String(cause.code) : cause.name)}`
}

/** A body that ends early is a bare TypeError in Node's fetch. */
export function isBrokenStream(error: unknown): boolean {
  return error instanceof TypeError && (error.message === 'terminated' || error.message === 'fetch failed')
}

/** ` ›  Error: ...` and below it, in this order: the list, `Fix:`, `Try:`, `Docs:`, `Request:`. */
export function faultLines(fault: Fault): string[] {
  const [first = '', ...rest] = fault.message.split('\n')
  const lines = [` ›  Error: ${first}`, ...rest.map((line) => `    ${line}`)]
  for (const item of fault.list) lines.push(`      ${item}`)
  if (fault.fix) lines.push(`    Fix: ${fault.fix}`)
  if (fault.command) lines.push(`    Try: ${fault.command}`)
  if (fault.docs) lines.push(`    Docs: ${fault.docs}`)
  if (fault.requestId) lines.push(`    Request: ${fault.requestId}`)
  return lines
}
