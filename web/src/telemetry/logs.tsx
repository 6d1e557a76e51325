import { useCallback, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import type { App } from '../../../server/contract/app.ts'
import type { LogRecord } from '../../../server/contract/log.ts'
import { decode } from '../shell/match.ts'
import { navigate, usePlace } from '../shell/router.tsx'
import { useStream } from '../shell/use-stream.ts'
import { Cli } from '../ui/copy.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { type Line, LineBuffer } from './line-buffer.ts'
import { LineView } from './line-view.tsx'
import { addressOf, beginningOf } from './log-address.ts'
import { Filters, isFull } from './log-filters.tsx'

/** As many as the API gives at once. */
const LINES = 1_500

/** The log as it comes, from its end, from a line, or from a time. */
export function Logs({ app }: { app: App }) {
  const { query, hash } = usePlace()
  const chosen = useRef<string>(undefined)
  const search = useRef('')
  // The address of a line that was clicked on is for others: what is on the screen stays.
  if (query.toString() !== chosen.current) {
    search.current = query.toString()
    chosen.current = undefined
  }
  const choose = useCallback((address: string) => {
    chosen.current = new URL(address, location.origin).searchParams.toString()
    navigate(address, { replace: true })
  }, [])
  const mark = hash === '' ? undefined : decode(hash)
  return <LogFrom key={search.current} app={app.name} search={search.current} mark={mark} choose={choose} />
}

type LogFromProps = { app: string; search: string; mark: string | undefined; choose: (address: string) => void }

function LogFrom({ app, search, mark, choose }: LogFromProps) {
  const beginning = useMemo(() => beginningOf(new URLSearchParams(search), LINES), [search])
  const fixed = beginning.before !== undefined
  const lines = useMemo(() => new LineBuffer(), [])
  const address = useCallback((line: Line) => addressOf(app, line), [app])
  const [error, setError] = useState<unknown>()
  const [reached, setReached] = useState<string>()
  const full = useSyncExternalStore(lines.watch, () => fixed && isFull(lines))
  useStream('logs.read', full ? null : `${app} ${search}`, {
    input: () => {
      const from = lines.last ? { after: lines.last.id, lines: LINES } : beginning
      return { params: { app }, query: { follow: 'true' as const, ...from } }
    },
    onValue: (record) => {
      const { since } = beginning
      if (since !== undefined && reached === undefined && record.at >= since) setReached((id) => id ?? record.cursor)
      lines.push(lineOf(record, lines.last?.id))
    },
    onError: setError,
  })
  return (
    <div className="logs">
      <Filters lines={lines} app={app} />
      <ProblemBox error={error} />
      <LineView
        lines={lines}
        label={`Log of ${app}`}
        empty={
          beginning.since === undefined
            ? 'No line yet. What the app prints, what the router serves and what the platform does is shown here.'
            : 'No line at this time or later.'
        }
        marked={mark ?? reached}
        paused={fixed || mark !== undefined}
        address={address}
        choose={(line) => {
          void navigator.clipboard?.writeText(location.origin + address(line))
          choose(address(line))
        }}
      />
      {full && <p className="quiet">The log goes on; as many lines as a browser holds are shown.</p>}
      <Cli line={`paas logs -t -a ${app}`} />
    </div>
  )
}

function lineOf({ cursor, at, process, source, text }: LogRecord, before: string | undefined): Line {
  return { id: cursor, at, process, source, text, ...(before !== undefined && { before }) }
}
