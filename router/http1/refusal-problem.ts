import type { Problem } from '../error-pages.ts'

const TITLES: Record<number, string> = {
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  414: 'URI Too Long',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
}

/** What a client reads whose request was refused before any service was asked. */
export function refusalProblem(status: number, reason: string): Problem {
  return { status, title: TITLES[status] ?? 'Bad Request', help: `The request was refused: ${reason}.` }
}
