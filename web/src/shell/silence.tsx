import { Ago } from '../ui/time.tsx'
import { AGAIN_MS, silentSince, useCall } from './api.ts'
import { useSignal } from './signal.ts'

/** While the box does not answer: what is on the screen is old then. */
export function Silence() {
  const since = useSignal(silentSince)
  useCall('box.hello', undefined, { everyMs: AGAIN_MS, when: since !== null })
  if (!since) return null
  return (
    <p className="silence" role="status">
      The box does not answer since <Ago at={since.toISOString()} />. What you see is from before; it is asked again by
      itself.
    </p>
  )
}
