import { useState } from 'react'
import type { App } from '../../../server/contract/app.ts'
import { useCall } from '../shell/api.ts'
import { PAGE_MAX } from '../shell/bounds.ts'
import { navigate, usePlace } from '../shell/router.tsx'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Empty, Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'
import { downloadActivity } from './activity-csv.ts'

const EVERY_MS = 5_000
const STEP = 50
/** What stands before the dot of an action. */
const KINDS = [
  'addon',
  'app',
  'backups',
  'build',
  'buildpacks',
  'builds',
  'certificate',
  'config',
  'cron',
  'domain',
  'formation',
  'instances',
  'job',
  'member',
  'path',
  'release',
  'routing',
  'run',
]
const FIELDS = ['by', 'kind', 'since', 'until'] as const
type Filter = Partial<Record<(typeof FIELDS)[number], string>>

/** Who did what when. The filter stands in the address. */
export function ActivityScreen({ app }: { app: App }) {
  const { query } = usePlace()
  const filter: Filter = Object.fromEntries(
    FIELDS.flatMap((field) => (query.get(field) ? [[field, query.get(field)]] : [])),
  )
  return <ActivityOf key={query.toString()} app={app.name} filter={filter} />
}

function ActivityOf({ app, filter }: { app: string; filter: Filter }) {
  const [limit, setLimit] = useState(STEP)
  const asked = queryOf(filter)
  const activity = useCall('activity.list', { params: { app }, query: { ...asked, limit } }, { everyMs: EVERY_MS })
  const save = useAction(() => downloadActivity(app, asked))
  return (
    <Section
      title="Activity"
      aside={
        <button type="button" className="button small" disabled={save.busy} onClick={() => save.run()}>
          {save.busy ? 'Collecting …' : 'Download CSV'}
        </button>
      }
    >
      <FilterForm app={app} filter={filter} />
      <ProblemBox error={save.error} />
      <Asked query={activity}>
        {({ items, next }) =>
          items.length === 0 ? (
            <Empty title={Object.keys(filter).length > 0 ? 'Nothing like that' : 'Nothing happened yet'} />
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
              {next !== null && limit < PAGE_MAX && (
                <button
                  type="button"
                  className="button small"
                  onClick={() => setLimit(Math.min(PAGE_MAX, limit + STEP))}
                >
                  Earlier
                </button>
              )}
            </>
          )
        }
      </Asked>
      <Cli line={`paas activity -a ${app}`} />
    </Section>
  )
}

function FilterForm({ app, filter }: { app: string; filter: Filter }) {
  const [by, setBy] = useState(filter.by ?? '')
  const set = (change: Filter) => {
    const entries = Object.entries({ ...filter, by, ...change }).filter(([, value]) => value)
    const text = new URLSearchParams(entries).toString()
    navigate(`/apps/${app}/activity${text && `?${text}`}`, { replace: true })
  }
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault()
        set({})
      }}
    >
      <select aria-label="Kind" value={filter.kind ?? ''} onChange={(event) => set({ kind: event.target.value })}>
        <option value="">All kinds</option>
        {KINDS.map((kind) => (
          <option key={kind}>{kind}</option>
        ))}
      </select>
      <input
        aria-label="Who"
        placeholder="Who"
        autoCapitalize="none"
        value={by}
        onChange={(event) => setBy(event.target.value)}
        onBlur={() => by !== (filter.by ?? '') && set({})}
      />
      <input
        type="date"
        aria-label="From this day on"
        value={filter.since ?? ''}
        onChange={(event) => set({ since: event.target.value })}
      />
      <input
        type="date"
        aria-label="Up to this day"
        value={filter.until ?? ''}
        onChange={(event) => set({ until: event.target.value })}
      />
    </form>
  )
}

/** Days are those of whoever looks. */
function queryOf({ by, kind, since, until }: Filter) {
  return {
    ...(by && { by }),
    ...(kind && { kind }),
    ...(since && { since: startOf(since).toISOString() }),
    ...(until && { until: startOf(until, 1).toISOString() }),
  }
}

function startOf(day: string, later = 0): Date {
  const date = new Date(`${day}T00:00`)
  date.setDate(date.getDate() + later)
  return Number.isNaN(date.getTime()) ? new Date(0) : date
}
