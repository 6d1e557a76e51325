import { useState } from 'react'
import type { App } from '../../../server/contract/app.ts'
import type { Process } from '../../../server/contract/formation.ts'
import { AddonsSection } from '../addons/addons.tsx'
import { CronSection } from '../deploys/cron.tsx'
import { call, refresh, useCall } from '../shell/api.ts'
import { QUANTITY_MAX } from '../shell/bounds.ts'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Empty, Section } from '../ui/empty.tsx'
import { Icon } from '../ui/icon.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { done } from '../ui/toast.tsx'
import { Asked } from '../ui/waiting.tsx'
import { InstanceTable } from './instances.tsx'

export function Resources({ app }: { app: App }) {
  const formation = useCall('formation.list', { params: { app: app.name } })
  return (
    <div className="stack">
      <Section title="Formation">
        <Asked query={formation}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No process types yet: they come with the first release" />
            ) : (
              <Formation app={app.name} processes={items} />
            )
          }
        </Asked>
      </Section>
      <AddonsSection app={app.name} />
      <CronSection app={app.name} />
      <Section title="Instances" aside={<Restart app={app.name} />}>
        <InstanceTable app={app.name} />
        <Cli line={`paas ps -a ${app.name}`} />
      </Section>
    </div>
  )
}

/** Wanted quantities are staged and applied together. */
function Formation({ app, processes }: { app: string; processes: Process[] }) {
  const [wanted, setWanted] = useState<Record<string, number>>({})
  const changed = processes.filter(({ type, quantity }) => wanted[type] !== undefined && wanted[type] !== quantity)
  const changes = changed.map(({ type }) => ({ type, quantity: wanted[type] ?? 0 }))
  const scale = useAction(async () => {
    const to = async (quantities: typeof changes) => {
      await call('formation.scale', { params: { app }, body: { changes: quantities } })
      await refresh('formation.list', 'instances.list', 'apps.info')
    }
    await to(changes)
    setWanted({})
    const before = changed.map(({ type, quantity }) => ({ type, quantity }))
    done(`Scaled to ${changes.map(({ type, quantity }) => `${type}=${quantity}`).join(' ')}.`, () => to(before))
  })
  const line = (changed.length > 0 ? changes : processes).map(({ type, quantity }) => `${type}=${quantity}`).join(' ')
  return (
    <>
      <ul className="formation">
        {processes.map((process) => (
          <li key={process.type}>
            <span className="formation-type">{process.type}</span>
            <code className="clip grow" title={process.command ?? ''}>
              {process.command ?? 'as the image says'}
            </code>
            <span className="quiet">{process.memoryMb} MB</span>
            <Stepper
              process={process}
              value={wanted[process.type] ?? process.quantity}
              onChange={(value) => setWanted({ ...wanted, [process.type]: value })}
            />
          </li>
        ))}
      </ul>
      <div className="buttons">
        <button
          type="button"
          className="button primary"
          disabled={changed.length === 0 || scale.busy}
          onClick={() => scale.run()}
        >
          {scale.busy ? 'Scaling …' : 'Apply'}
        </button>
        {changed.length > 0 && !scale.busy && (
          <button type="button" className="button" onClick={() => setWanted({})}>
            As it was
          </button>
        )}
      </div>
      <ProblemBox error={scale.error} />
      <Cli line={`paas scale ${line} -a ${app}`} />
    </>
  )
}

function Stepper({ process, value, onChange }: { process: Process; value: number; onChange: (value: number) => void }) {
  const set = (next: number) => onChange(Math.min(QUANTITY_MAX, Math.max(0, next)))
  return (
    <span className="stepper">
      <button
        type="button"
        className="icon-button"
        aria-label={`One ${process.type} less`}
        disabled={value === 0}
        onClick={() => set(value - 1)}
      >
        <Icon name="minus" />
      </button>
      <input
        inputMode="numeric"
        aria-label={`Instances of ${process.type}`}
        className={value === process.quantity ? '' : 'changed'}
        value={value}
        onChange={(event) => set(Number(event.target.value.replace(/\D/g, '')) || 0)}
      />
      <button
        type="button"
        className="icon-button"
        aria-label={`One ${process.type} more`}
        disabled={value === QUANTITY_MAX}
        onClick={() => set(value + 1)}
      >
        <Icon name="plus" />
      </button>
    </span>
  )
}

function Restart({ app }: { app: string }) {
  const restart = useAction(async () => {
    await call('instances.restart', { params: { app }, body: {} })
    await refresh('instances.list')
  })
  return (
    <>
      <button type="button" className="button small" disabled={restart.busy} onClick={() => restart.run()}>
        {restart.busy ? 'Restarting …' : 'Restart all'}
      </button>
      <ProblemBox error={restart.error} />
    </>
  )
}
