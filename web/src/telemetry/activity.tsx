import { useState } from 'react'
import type { App } from '../../../server/contract/app.ts'
import { useCall } from '../shell/api.ts'
import { Cli } from '../ui/copy.tsx'
import { Empty, Section } from '../ui/empty.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'

const EVERY_MS = 5_000
const STEP = 50
const MOST = 500

/** Who did what when. */
export function ActivityScreen({ app }: { app: App }) {
  const [limit, setLimit] = useState(STEP)
  const activity = useCall('activity.list', { params: { app: app.name }, query: { limit } }, { everyMs: EVERY_MS })
  return (
    <Section title="Activity">
      <Asked query={activity}>
        {({ items, next }) =>
          items.length === 0 ? (
            <Empty title="Nothing happened yet" />
          ) : (
            <>
              <ol className="rows">
                {items.map(({ id, at, by, via, action, detail }) => (
                  <li key={id}>
                    <span className="activity-action mono">{action}</span>
                    <span className="grow">{detail}</span>
                    <span className="quiet">
                      {by} by {via}, <Ago at={at} />
                    </span>
                  </li>
                ))}
              </ol>
              {next !== null && limit < MOST && (
                <button type="button" className="button small" onClick={() => setLimit(Math.min(MOST, limit + STEP))}>
                  Earlier
                </button>
              )}
            </>
          )
        }
      </Asked>
      <Cli line={`paas activity -a ${app.name}`} />
    </Section>
  )
}
