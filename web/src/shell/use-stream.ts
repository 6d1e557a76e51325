import { useEffect, useRef } from 'react'
import { ApiError, type CallInput, type CallOutput } from '../../../server/contract/client.ts'
import type { OperationId } from '../../../server/contract/paths.ts'
import { stream } from './api.ts'

const AGAIN_MS = 1_000

type Listening<Id extends OperationId> = {
  /** Where to begin, also after the line broke off. */
  input: () => CallInput<Id>
  onValue: (value: CallOutput<Id>) => void
  /** The server said that there is no more. Without this the stream has no end: where it stops, it begins anew. */
  onEnd?: () => void
  onError?: (error: unknown) => void
}

/** Listens to a stream while the screen is there; begins anew when the line breaks off. `key` names what is listened to. */
export function useStream<Id extends OperationId>(id: Id, key: string | null, listening: Listening<Id>): void {
  const latest = useRef(listening)
  latest.current = listening
  useEffect(() => {
    if (key === null) return
    const gone = new AbortController()
    void listen(id, latest, gone.signal)
    return () => gone.abort()
  }, [id, key])
}

async function listen<Id extends OperationId>(
  id: Id,
  latest: { current: Listening<Id> },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const value of stream(id, { ...(latest.current.input() as object), signal } as CallInput<Id>)) {
        if (signal.aborted) return
        latest.current.onValue(value)
      }
      if (latest.current.onEnd) return latest.current.onEnd()
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof ApiError && error.problem.status < 500) return latest.current.onError?.(error)
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
  }
}
