import { useEffect, useState } from 'react'
import { Ago } from '../ui/time.tsx'
import { AGAIN_MS, silentSince, useCall } from './api.ts'
import { useSignal } from './signal.ts'

const BACK_SHOWN_MS = 4_000

/** While the box does not answer: what is on the screen is old then. And for a moment that it does again. */
export function Silence() {
  const since = useSignal(silentSince)
  const [wasSilent, setWasSilent] = useState(false)
  useCall('box.hello', undefined, { everyMs: AGAIN_MS, when: since !== null })
  useEffect(() => {
    if (since) return setWasSilent(true)
    const timer = setTimeout(() => setWasSilent(false), BACK_SHOWN_MS)
    return () => clearTimeout(timer)
  }, [since])
  if (!since && wasSilent) {
    return (
      <p className="silence silence-over" role="status">
        The box answers again.
      </p>
    )
  }
  if (!since) return null
  return (
    <p className="silence" role="status">
      The box does not answer since <Ago at={since.toISOString()} />. What you see is from before; it is asked again by
      itself.
    </p>
  )
}
