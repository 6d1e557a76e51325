import { useState } from 'react'
import type { AddonReport } from '../../../server/contract/addon-reports.ts'
import { call, useCall } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { State } from '../ui/state.tsx'

/** What `diagnose` finds, as states have it. */
const VERDICTS: Record<string, string> = { green: 'succeeded', yellow: 'waiting', red: 'failed' }

/** What goes on in it: tables of which one is chosen. */
export function Reports({ app, addon }: { app: string; addon: string }) {
  const reports = useCall('addons.reports', { params: { app, addon } })
  const items = reports.data?.items ?? []
  const [chosen, setChosen] = useState<string>()
  const [report, setReport] = useState<AddonReport>()
  const name = chosen ?? items[0]?.name ?? ''
  const look = useAction(async () => {
    setReport(await call('addons.report', { params: { app, addon, report: name } }))
  })
  if (items.length === 0) return null
  return (
    <Section title="Insights">
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault()
          void look.run()
        }}
      >
        <select
          aria-label="Report"
          className="grow"
          value={name}
          onChange={(event) => {
            setChosen(event.target.value)
            setReport(undefined)
          }}
        >
          {items.map((each) => (
            <option key={each.name} value={each.name}>
              {each.name}: {each.about}
            </option>
          ))}
        </select>
        <button type="submit" className="button" disabled={look.busy}>
          {look.busy ? 'Looking …' : 'Look'}
        </button>
      </form>
      <ProblemBox error={look.error} />
      {report && <ReportTable report={report} />}
      <Cli line={`paas pg:${name} ${addon} -a ${app}`} />
    </Section>
  )
}

function ReportTable({ report: { about, columns, rows } }: { report: AddonReport }) {
  if (rows.length === 0) return <p className="quiet">Nothing to show: {about}.</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by the keyboard.
    <section className="report" aria-label={about} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column}>{column.replaceAll('_', ' ')}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name, and never move.
            <tr key={n}>
              {row.map((value, column) => (
                <td key={columns[column]} title={value ?? ''}>
                  {VERDICTS[value ?? ''] ? <State state={VERDICTS[value ?? ''] ?? ''} label={value ?? ''} /> : value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
