import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ProblemBox } from './problem.tsx'

/** Says nothing for the first 150 ms: most answers are there by then. */
export function Waiting({ what }: { what: string }) {
  return (
    <p className="waiting" role="status">
      {what}
    </p>
  )
}

/** What was asked for, once it is there; while it is waited for and when it fails, that. */
export function Asked<Value>({
  query,
  what = 'Loading',
  children,
}: {
  query: UseQueryResult<Value>
  what?: string
  children: (value: Value) => ReactNode
}) {
  if (query.data !== undefined) return children(query.data)
  if (query.isError) return <ProblemBox error={query.error} />
  return <Waiting what={`${what} …`} />
}
