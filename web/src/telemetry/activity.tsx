import { useState } from 'react'
import type { App } from '../../../server/contract/app.ts'
import { useApps } from '../apps/use-apps.ts'
import { call, useCall } from '../shell/api.ts'
import { PAGE_MAX } from '../shell/bounds.ts'
import { Link, navigate, usePlace } from '../shell/router.tsx'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Empty, Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'
import { saveActivity } from './activity-csv.ts'

const EVERY_MS = 5_000
const STEP = 50
/** What stands before the dot of an action. */
const KINDS = [
  'addon',
  'app',
  'archive',
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
  'push',
  'release',
  'routing',
  'run',
]
/** Of what belongs to no app. */
const KINDS_OF_BOX = ['acme', 'box', 'disk', 'key', 'password', 'session', 'token', 'user']
const FIELDS = ['app', 'by', 'kind', 'since', 'until'] as const
type Filter = Partial<Record<(typeof FIELDS)[number], string>>

/** Who did what when. The filter stands in the address. */
export function ActivityScreen({ app }: { app: App }) {
  const { key, filter } = useFilter()
  return <ActivityOf key={key} of={app.name} filter={filter} />
}

/** The same of all apps that one may see, and of the box for its owners. */
export function AllActivity() {
  const { key, filter } = useFilter()
  return (
    <>
      <header className="page-head">
        <h1>Activity</h1>
        <p className="quiet">Of all apps that you may see, and yours</p>
      </header>
      <ActivityOf key={key} of={null} filter={filter} />
    </>
  )
}

function useFilter(): { key: string; filter: Filter } {
  const { query } = usePlace()
  const given = FIELDS.flatMap((field) => (query.get(field) ? [[field, query.get(field)]] : []))
  return { key: query.toString(), filter: Object.fromEntries(given) }
}

/** `of`: an app; null: all of them. */
function ActivityOf({ of, filter }: { of: string | null; filter: Filter }) {
  const [limit, setLimit] = useState(STEP)
  const asked = queryOf(filter)
  const query = { ...asked, limit }
  const every = { everyMs: EVERY_MS }
  const ofApp = useCall('activity.list', { params: { app: of ?? '' }, query }, { ...every, when: of !== null })
  const ofAll = useCall('activity.all', { query: { ...query, ...appOf(filter) } }, { ...every, when: of === null })
  const save = useAction(() =>
    saveActivity(of ?? filter.app ?? 'box', (page) =>
      of === null
        ? call('activity.all', { query: { ...asked, ...appOf(filter), ...page } })
        : call('activity.list', { params: { app: of }, query: { ...asked, ...page } }),
    ),
  )
  return (
    <Section
      title={of === null ? 'Who did what when' : 'Activity'}
      aside={
        <button type="button" className="button small" disabled={save.busy} onClick={() => save.run()}>
          {save.busy ? 'Collecting …' : 'Download CSV'}
        </button>
      }
    >
      <FilterForm of={of} filter={filter} />
      <ProblemBox error={save.error} />
      <Asked query={of === null ? ofAll : ofApp}>
        {({ items, next }) =>
          items.length === 0 ? (
            <Empty title={Object.keys(filter).length > 0 ? 'Nothing like that' : 'Nothing happened yet'} />
          ) : (
            <>
              <ol className="rows">
                {items.map(({ id, at, by, via, app, action, detail }) => (
                  <li key={id}>
                    {of === null && <AppOf name={app} />}
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
      <Cli line={of === null ? 'paas activity --all' : `paas activity -a ${of}`} />
    </Section>
  )
}

/** By the name that it had then. */
function AppOf({ name }: { name: string | null }) {
  return (
    <span className="activity-app">
      {name === null ? <span className="quiet">box</span> : <Link to={`/apps/${name}/activity`}>{name}</Link>}
    </span>
  )
}

function FilterForm({ of, filter }: { of: string | null; filter: Filter }) {
  const [by, setBy] = useState(filter.by ?? '')
  const place = of === null ? '/activity' : `/apps/${of}/activity`
  const set = (change: Filter) => {
    const entries = Object.entries({ ...filter, by, ...change }).filter(([, value]) => value)
    const text = new URLSearchParams(entries).toString()
    navigate(`${place}${text && `?${text}`}`, { replace: true })
  }
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault()
        set({})
      }}
    >
      {of === null && <AppChoice value={filter.app ?? ''} onChange={(app) => set({ app })} />}
      <select aria-label="Kind" value={filter.kind ?? ''} onChange={(event) => set({ kind: event.target.value })}>
        <option value="">All kinds</option>
        {(of === null ? [...KINDS, ...KINDS_OF_BOX].sort() : KINDS).map((kind) => (
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

/** One that is gone can stand in the address, and is asked for. */
function AppChoice({ value, onChange }: { value: string; onChange: (app: string) => void }) {
  const apps = useApps()
  const names = new Set(apps.data?.map(({ name }) => name))
  if (value !== '') names.add(value)
  return (
    <select aria-label="App" value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">All apps</option>
      {[...names].map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  )
}

const appOf = ({ app }: Filter) => (app === undefined ? {} : { app })

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
