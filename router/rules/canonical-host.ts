import type { OwnAnswers } from '../own-answers.ts'
import { movedTo, type Refused } from './refused.ts'
import type { Visit } from './visit.ts'

/**
 * The way to the one host that a service wants to be known under; null: this is it. A plain request goes to https at once
 * where the canonical host does that by itself, so that there is one detour and not two.
 */
export function redirectToCanonical(canonical: string, visit: Visit, answers: OwnAnswers): Refused | null {
  // A part of somebody else's host is not ours to rename.
  if (visit.host === canonical || visit.prefix !== '') return null
  const { https, method, authority, path } = visit
  const port = /:\d*$/.exec(authority)?.[0] ?? ''
  const there = { secure: false, method, host: canonical, authority: canonical + port, path }
  const onward = https ? undefined : placeOf(answers.find(there)?.headers)
  return movedTo(onward ?? `${https ? 'https' : 'http'}://${canonical}${port}${path === '*' ? '/' : path}`, method)
}

function placeOf(headers: readonly string[] | undefined): string | undefined {
  const at = headers?.indexOf('Location') ?? -1
  return at === -1 ? undefined : headers?.[at + 1]
}
