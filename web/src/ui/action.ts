import { useState } from 'react'
import { Refused } from '../shell/api.ts'
import { keptFocus } from './kept-focus.ts'

export type Action<Input extends unknown[]> = {
  run: (...input: Input) => Promise<boolean>
  busy: boolean
  error: unknown
  clear: () => void
}

/** Something that a button does: one at a time, with its error beside it. `run` tells whether it went well. */
export function useAction<Input extends unknown[]>(work: (...input: Input) => Promise<unknown>): Action<Input> {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(undefined)
  const run = async (...input: Input) => {
    const backToFocus = keptFocus()
    setBusy(true)
    setError(undefined)
    try {
      await work(...input)
      return true
    } catch (thrown) {
      if (!(thrown instanceof Refused)) setError(thrown)
      return false
    } finally {
      setBusy(false)
      backToFocus()
    }
  }
  return { run, busy, error, clear: () => setError(undefined) }
}
