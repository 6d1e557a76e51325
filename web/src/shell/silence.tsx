import { Ago } from '../ui/time.tsx'
import { silentSince } from './api.ts'
import { useSignal } from './signal.ts'

/** While the box does not answer: what is on the screen is old then. */
export function Silence() {
  const since = useSignal(silentSince)
  if (!since) return null
  return (
    <p className="silence" role="status">
      The box does not answer since <Ago at={since.toISOString()} />. What you see is from before; it is asked again by
      itself.
    </p>
  )
}
