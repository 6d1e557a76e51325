import { useState } from 'react'
import type { App } from '../../../server/contract/app.ts'
import { DeployUnderWay } from '../deploys/deploy-flow.tsx'
import { call, refresh, useCall } from '../shell/api.ts'
import { useSignal } from '../shell/signal.ts'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Empty, Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { done } from '../ui/toast.tsx'
import { Asked } from '../ui/waiting.tsx'
import { AddVars } from './config-add.tsx'
import { ReviewConfig } from './config-review.tsx'
import { type Staged, stagedOf, undoOf } from './staged.ts'

/** Names are shown, values when they are asked for. Edits are staged, and applied together: one release. */
export function Config({ app }: { app: App }) {
  const names = useCall('config.names', { params: { app: app.name } })
  const signal = stagedOf(app.name)
  const staged = useSignal(signal)
  const [values, setValues] = useState<Record<string, string>>()
  const [deploy, setDeploy] = useState<string | null>(null)
  const reveal = useAction(async () => setValues((await call('config.list', { params: { app: app.name } })).vars))
  const stage = (edits: Staged) => signal.set({ ...signal.value, ...edits })
  const unstage = (name: string) => {
    const { [name]: _, ...rest } = signal.value
    signal.set(rest)
  }
  const applied = async (made: string | null) => {
    const before = undoOf(staged, new Set(names.data?.names), values)
    if (before) done('The config vars were changed.', () => takeBack(before))
    signal.set({})
    setValues(undefined)
    setDeploy(made)
    await refresh('config.names', 'apps.info', 'releases.list')
  }
  const takeBack = async (vars: Staged) => {
    const { deploy: made } = await call('config.update', { params: { app: app.name }, body: { vars } })
    setDeploy(made)
    await refresh('config.names', 'apps.info', 'releases.list')
  }
  return (
    <div className="stack">
      {deploy && <DeployUnderWay key={deploy} app={app.name} build={undefined} deploy={deploy} />}
      <Section
        title="Config vars"
        aside={
          <button
            type="button"
            className="button small"
            disabled={reveal.busy}
            onClick={() => (values ? setValues(undefined) : reveal.run())}
          >
            {values ? 'Hide values' : 'Show values'}
          </button>
        }
      >
        <Asked query={names}>
          {(found) => (
            <VarList
              names={allNames(found.names, staged)}
              known={new Set(found.names)}
              staged={staged}
              values={values}
              stage={stage}
              unstage={unstage}
            />
          )}
        </Asked>
        <ProblemBox error={reveal.error} />
        <AddVars stage={stage} />
        <Cli line={`paas config:set NAME=value -a ${app.name}`} />
      </Section>
      {Object.keys(staged).length > 0 && (
        <ReviewConfig app={app.name} staged={staged} onApplied={applied} onDropped={() => signal.set({})} />
      )}
    </div>
  )
}

function allNames(names: string[], staged: Staged): string[] {
  return [...new Set([...names, ...Object.keys(staged)])].sort()
}

type VarListProps = {
  names: string[]
  known: Set<string>
  staged: Staged
  values: Record<string, string> | undefined
  stage: (edits: Staged) => void
  unstage: (name: string) => void
}

function VarList({ names, known, staged, values, stage, unstage }: VarListProps) {
  if (names.length === 0) {
    return (
      <Empty title="No config vars yet">
        <p className="quiet">Addresses of databases, keys of services: what differs from one place to the next.</p>
      </Empty>
    )
  }
  return (
    <ul className="vars">
      {names.map((name) => {
        const edit = staged[name]
        const state = edit === undefined ? '' : edit === null ? 'unset' : known.has(name) ? 'changed' : 'new'
        return (
          <li key={name} className={state === '' ? '' : `var-${state}`}>
            <code className="var-name">{name}</code>
            <Value
              key={`${edit === undefined} ${values !== undefined}`}
              name={name}
              edit={edit}
              value={values?.[name]}
              stage={stage}
            />
            <span className="quiet var-state">{state}</span>
            {edit === undefined ? (
              <button type="button" className="button small" onClick={() => stage({ [name]: null })}>
                Unset
              </button>
            ) : (
              <button type="button" className="button small" onClick={() => unstage(name)}>
                Undo
              </button>
            )}
          </li>
        )
      })}
    </ul>
  )
}

type ValueProps = {
  name: string
  edit: string | null | undefined
  value: string | undefined
  stage: (edits: Staged) => void
}

function Value({ name, edit, value, stage }: ValueProps) {
  const [text, setText] = useState(edit ?? value ?? '')
  if (edit === null) return <s className="quiet grow">will be unset</s>
  return (
    <input
      className="mono grow"
      aria-label={`Value of ${name}`}
      spellCheck={false}
      autoComplete="off"
      placeholder={value === undefined && edit === undefined ? '••••••••  type to replace' : ''}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => {
        if (text !== (edit ?? value ?? '')) stage({ [name]: text })
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur()
      }}
    />
  )
}
