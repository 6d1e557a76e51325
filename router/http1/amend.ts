import type { Ruled } from '../rules/ruled.ts'
import type { Target } from '../target.ts'
import type { ResponseHead } from './response-head.ts'

/** Adds to an app's answer what its rules say: lines of their own, and cookies that bring the visitor back to this target. */
export function amend(to: { lines?: string }, { rules, visit }: Ruled, head: ResponseHead, target: Target): void {
  const { selection, headers } = rules
  if (headers) head.options.replace(headers.names)
  const lines = (headers?.lines ?? '') + (selection?.lines(target, visit) ?? '') + (to.lines ?? '')
  if (lines !== '') to.lines = lines
}
