import { type FormEvent, useEffect, useState, useSyncExternalStore } from 'react'
import { Link, navigate, usePlace } from '../shell/router.tsx'
import { plainText } from './ansi.ts'
import { type LineBuffer, MOST_LINES } from './line-buffer.ts'
import { isoTime, localTime } from './log-address.ts'

/** What is shown of the log, and from when on. */
export function Filters({ lines, app }: { lines: LineBuffer; app: string }) {
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
      <Jump app={app} />
      <span className="quiet num" role="status">
        {lines.shown.length === lines.size ? `${lines.size} lines` : `${lines.shown.length} of ${lines.size} lines`}
      </span>
      <button type="button" className="button small" onClick={() => download(lines, app)}>
        Download
      </button>
    </div>
  )
}

function Jump({ app }: { app: string }) {
  const { query } = usePlace()
  const at = query.get('at')
  const jump = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const time = isoTime(String(new FormData(event.currentTarget).get('at')))
    if (time) navigate(`/apps/${app}/logs?at=${encodeURIComponent(time)}`)
  }
  return (
    <form className="jump" onSubmit={jump}>
      <input
        key={at}
        type="datetime-local"
        step={1}
        name="at"
        aria-label="Time"
        defaultValue={localTime(at)}
        required
      />
      <button type="submit" className="button small">
        Jump
      </button>
      {(at !== null || query.has('after')) && (
        <Link to={`/apps/${app}/logs`} className="button small">
          Live
        </Link>
      )}
    </form>
  )
}

/** A log that begins at a place is not read on for ever: its beginning would go. */
export function isFull(lines: LineBuffer): boolean {
  return lines.size >= MOST_LINES
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
