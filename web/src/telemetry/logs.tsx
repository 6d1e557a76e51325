import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { App } from '../../../server/contract/app.ts'
import type { LogRecord } from '../../../server/contract/log.ts'
import { decode } from '../shell/match.ts'
import { navigate, usePlace } from '../shell/router.tsx'
import { useStream } from '../shell/use-stream.ts'
import { Cli } from '../ui/copy.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { plainText } from './ansi.ts'
import { type Line, LineBuffer } from './line-buffer.ts'
import { LineView } from './line-view.tsx'

/** As many as the API gives at once. */
const LINES = 1_500

/**
 * The log as it comes. `?after=` begins behind a line, and `#<cursor>` marks one: together they are the link to a line.
 */
export function Logs({ app }: { app: App }) {
  const { query, hash } = usePlace()
  const after = query.get('after') ?? undefined
  const lines = useMemo(() => new LineBuffer(), [])
  const head = useCallback((line: Line) => <Head app={app.name} line={line} />, [app.name])
  const [error, setError] = useState<unknown>()
  useStream('logs.read', `${app.name} ${after ?? ''}`, {
    input: () => {
      const from = lines.last?.id ?? after
      const where = from === undefined ? { lines: LINES } : { after: from, lines: LINES }
      return { params: { app: app.name }, query: { follow: 'true' as const, ...where } }
    },
    onValue: (record) => lines.push(lineOf(record, lines.last?.id ?? after)),
    onError: setError,
  })
  return (
    <div className="logs">
      <Filters lines={lines} app={app.name} />
      <ProblemBox error={error} />
      <LineView
        lines={lines}
        label={`Log of ${app.name}`}
        empty="No line yet. What the app prints, what the router serves and what the platform does is shown here."
        marked={hash === '' ? undefined : decode(hash)}
        head={head}
      />
      <Cli line={`paas logs -t -a ${app.name}`} />
    </div>
  )
}

function lineOf({ cursor, at, process, source, text }: LogRecord, before: string | undefined): Line {
  return { id: cursor, at, process, source, text, ...(before !== undefined && { before }) }
}

function Filters({ lines, app }: { lines: LineBuffer; app: string }) {
  useSyncExternalStore(lines.watch, lines.version)
  const [text, setText] = useState('')
  const [process, setProcess] = useState('')
  useEffect(() => lines.filter({ text: text.toLowerCase(), process }), [lines, text, process])
  const types = [...new Set(lines.processes.map((name) => name.split('.')[0] ?? name))]
  const choices = [...new Set([...types, ...lines.processes])].sort()
  return (
    <div className="filters">
      <input
        type="search"
        aria-label="Filter by text"
        placeholder="Filter by text"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <select aria-label="Filter by process" value={process} onChange={(event) => setProcess(event.target.value)}>
        <option value="">all processes</option>
        {choices.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <span className="quiet num" role="status">
        {lines.shown.length === lines.size ? `${lines.size} lines` : `${lines.shown.length} of ${lines.size} lines`}
      </span>
      <button type="button" className="button small" onClick={() => download(lines, app)}>
        Download
      </button>
    </div>
  )
}

/** The time is the link to the line. */
function Head({ app, line }: { app: string; line: Line }) {
  const address = `/apps/${app}/logs${line.before === undefined ? '' : `?after=${encodeURIComponent(line.before)}`}#${encodeURIComponent(line.id)}`
  return (
    <>
      <a
        className="line-at"
        href={address}
        title="Link to this line"
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return
          event.preventDefault()
          void navigator.clipboard?.writeText(location.origin + address)
          navigate(`${location.pathname}${location.search}#${encodeURIComponent(line.id)}`, { replace: true })
        }}
      >
        {timeOf(line.at)}
      </a>
      <span className={`line-process line-${line.source}`}>{line.process}</span>
    </>
  )
}

function timeOf(at: string | undefined): string {
  const date = new Date(at ?? '')
  return Number.isNaN(date.getTime()) ? '' : date.toTimeString().slice(0, 8)
}

function download(lines: LineBuffer, app: string): void {
  const text = lines.shown.map(
    ({ at, source, process, text: said }) => `${at} ${source}[${process}]: ${plainText(said)}\n`,
  )
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob(text, { type: 'text/plain' }))
  link.download = `${app}.log`
  link.click()
  URL.revokeObjectURL(link.href)
}
