import { useCall } from '../shell/api.ts'
import { Link } from '../shell/router.tsx'
import { Ago } from '../ui/time.tsx'

const EVERY_MS = 30_000

/** What is wrong with addons of one's apps, above the apps; nothing where nothing is. */
export function Warnings() {
  const { data } = useCall('addons.conditions', undefined, { everyMs: EVERY_MS })
  if (!data || data.items.length === 0) return null
  return (
    <ul className="domains" aria-label="Warnings">
      {data.items.map(({ app, addon, code, words, since }) => (
        <li key={`${addon} ${code}`}>
          <p className="low">
            <Link to={`/apps/${app}/resources`}>{addon}</Link> {words}{' '}
            <span className="quiet">
              since <Ago at={since} />
            </span>
          </p>
        </li>
      ))}
    </ul>
  )
}
