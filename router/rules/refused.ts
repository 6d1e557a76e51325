import type { Problem } from '../error-pages.ts'

/** An answer of the router's own in place of the app's. `lines`: header lines that belong to it. */
export type Refused = { problem: Problem; lines: string }

export const NOT_ALLOWED: Refused = {
  problem: { status: 403, title: 'Forbidden', help: 'This app is not open to your network address.' },
  lines: '',
}

export const BODY_TOO_LARGE: Refused = {
  problem: { status: 413, title: 'Content Too Large', help: 'The request is larger than this app takes.' },
  lines: '',
}

/** RFC 6585 section 4. */
export function tooMany(seconds: number): Refused {
  const help = `There were too many requests from your network address. Try again in ${seconds} s.`
  return { problem: { status: 429, title: 'Too Many Requests', help }, lines: `Retry-After: ${seconds}\r\n` }
}

/** For good, and with the method and body kept where they count (RFC 9110 section 15.4.9). */
export function movedTo(place: string, method: string): Refused {
  const [status, title] =
    method === 'GET' || method === 'HEAD' ? [301, 'Moved Permanently'] : [308, 'Permanent Redirect']
  return { problem: { status, title, help: `This is at ${place}` }, lines: `Location: ${place}\r\n` }
}
