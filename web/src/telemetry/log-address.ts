import type { Line } from './line-buffer.ts'

/** How many lines that led to a place are shown above it. */
const BEFORE = 100

/** Where a log begins: at a line, at a time, or so many lines from its end. */
export type Beginning = { after?: string; since?: string; before?: number; lines?: number }

export function beginningOf(query: URLSearchParams, lines: number): Beginning {
  const after = query.get('after')
  const at = new Date(query.get('at') ?? '')
  if (after !== null) return { after, before: BEFORE, lines }
  return Number.isNaN(at.getTime()) ? { lines } : { since: at.toISOString(), before: BEFORE, lines }
}

/** `?after=` begins behind the line before, and `#<cursor>` marks the line: together they are the link to it. */
export function addressOf(app: string, { id, before }: Line): string {
  return `/apps/${app}/logs${before === undefined ? '' : `?after=${encodeURIComponent(before)}`}#${encodeURIComponent(id)}`
}

/** As an input of the type datetime-local has it: `2026-01-31T23:31:16`, by the clock of this browser. */
export function localTime(iso: string | null): string {
  const date = new Date(iso ?? '')
  if (Number.isNaN(date.getTime())) return ''
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}

export function isoTime(local: string): string | undefined {
  const date = new Date(local)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
