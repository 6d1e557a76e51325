import { useState } from 'react'
import type { Metrics } from '../../../server/contract/metrics.ts'
import { Link } from '../shell/router.tsx'
import { Bar } from '../ui/bar.tsx'
import { Section } from '../ui/empty.tsx'

const ms = (value: number | null) => (value === null ? '–' : `${Math.round(value)} ms`)

/** What each release did in this time, beside the others. */
export function ByRelease({ app, metrics }: { app: string; metrics: Metrics }) {
  if (metrics.releases.length === 0) return null
  const slowest = Math.max(1, ...metrics.releases.map(({ p95 }) => p95 ?? 0))
  return (
    <Section title="By release">
      <table>
        <thead>
          <tr>
            <th>Release</th>
            <th className="end">Requests</th>
            <th className="end">5xx</th>
            <th className="end">Half within</th>
            <th className="end">95 % within</th>
            <th className="end wide">99 % within</th>
            <th className="wide">
              <span className="visually-hidden">95 % beside the others</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {metrics.releases.map(({ release, requests, status, p50, p95, p99 }) => (
            <tr key={release}>
              <td>
                {release === 0 ? (
                  'reached no instance'
                ) : (
                  <Link to={`/apps/${app}/releases#v${release}`}>v{release}</Link>
                )}
              </td>
              <td className="end num">{requests}</td>
              <td className="end num">{shareText(status['5xx'] ?? 0, requests)}</td>
              <td className="end num">{ms(p50)}</td>
              <td className="end num">{ms(p95)}</td>
              <td className="end num wide">{ms(p99)}</td>
              <td className="share wide">
                <Bar most={slowest} value={p95 ?? 0} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}

function shareText(part: number, whole: number): string {
  return part === 0 || whole === 0 ? '0' : `${part} (${((100 * part) / whole).toPrecision(2)} %)`
}

/** The same as the charts, to be read. */
export function PointTable({ metrics }: { metrics: Metrics }) {
  const [open, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      {open && (
        <table>
          <thead>
            <tr>
              <th>Until</th>
              <th className="end">Requests</th>
              <th className="end">5xx</th>
              <th className="end">Half within</th>
              <th className="end">95 % within</th>
            </tr>
          </thead>
          <tbody>
            {metrics.points.toReversed().map(({ at, requests, status, p50, p95 }) => (
              <tr key={at}>
                <td>{new Date(at).toLocaleString()}</td>
                <td className="end num">{requests}</td>
                <td className="end num">{status['5xx'] ?? 0}</td>
                <td className="end num">{ms(p50)}</td>
                <td className="end num">{ms(p95)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  )
}
