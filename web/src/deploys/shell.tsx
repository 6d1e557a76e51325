import { useState } from 'react'
import type { App } from '../../../server/contract/app.ts'
import { call, refresh, useCall } from '../shell/api.ts'
import { navigate, usePlace } from '../shell/router.tsx'
import { useAction } from '../ui/action.ts'
import { Cli, Copy } from '../ui/copy.tsx'
import { Empty, Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { quoted } from '../ui/quoted.ts'
import type { TerminalSize } from './run-terminal.tsx'
import { RunsTable } from './runs.tsx'
import { ShellWindow } from './shell-window.tsx'

const SHELL = 'bash'

/** Terminals in one-off instances of the current release, and in instances that serve; and commands that run detached. */
export function ShellScreen({ app }: { app: App }) {
  const { path, query } = usePlace()
  const inside = query.get('in') ?? ''
  const [command, setCommand] = useState(SHELL)
  const [open, setOpen] = useState<string>()
  const run = (text: string, tty: TerminalSize | null) =>
    call('runs.create', { params: { app: app.name }, body: { command: [text], tty, detached: tty === null } })
  const detach = useAction(async () => {
    await run(command, null)
    await refresh('runs.list')
  })
  if (app.release === null)
    return (
      <Empty title="Nothing to run yet: the first release brings it">
        <Copy text="git push paas main" prompt />
      </Empty>
    )
  const join = (text: string, tty: TerminalSize) =>
    call('runs.exec', { params: { app: app.name }, body: { instance: inside, command: [text], tty } })
  const start = async (size: TerminalSize) => {
    const text = open ?? command
    const made = await (inside === '' ? run(text, size) : join(text, size))
    await refresh('runs.list')
    return made
  }
  const end = () => {
    setOpen(undefined)
    void refresh('runs.list')
  }
  return (
    <div className="stack">
      <Section title="Shell">
        {open === undefined ? (
          <form
            className="inline-form"
            onSubmit={(event) => {
              event.preventDefault()
              setOpen(command)
            }}
          >
            <WhereChoice
              app={app.name}
              value={inside}
              onChange={(name) => navigate(name === '' ? path : `${path}?in=${name}`, { replace: true })}
            />
            <input
              className="mono grow"
              aria-label="Command"
              spellCheck={false}
              autoCapitalize="none"
              autoComplete="off"
              required
              value={command}
              onChange={(event) => setCommand(event.target.value)}
            />
            <button type="submit" className="button primary" disabled={detach.busy}>
              Open terminal
            </button>
            <button
              type="button"
              className="button"
              disabled={detach.busy || command === '' || inside !== ''}
              onClick={() => detach.run()}
            >
              Run detached
            </button>
            <p className="hint">
              {inside === ''
                ? `It runs in an instance of its own, of v${app.release}, with its config vars, beside those that serve. What
              is run detached goes on without this page and prints into the log.`
                : `It runs inside ${inside}, which serves meanwhile: it sees its files and processes, and shares its memory. It
              ends with that instance, and nothing stays of it.`}
            </p>
          </form>
        ) : (
          <ShellWindow title={inside === '' ? open : `${inside}: ${open}`} start={start} onClose={end} />
        )}
        <ProblemBox error={detach.error} />
        <Cli
          line={`paas ${inside === '' ? 'run' : 'exec'} -a ${app.name} ${inside && `-i ${inside} `}${quoted(open ?? command)}`}
        />
      </Section>
      <Section title="One-offs">
        <RunsTable app={app.name} />
        <Cli line={`paas runs -a ${app.name}`} />
      </Section>
    </div>
  )
}

type WhereProps = { app: string; value: string; onChange: (instance: string) => void }

/** What the address names stays on the list when it has gone meanwhile: the box says so. */
function WhereChoice({ app, value, onChange }: WhereProps) {
  const instances = useCall('instances.list', { params: { app } })
  const names = new Set(instances.data?.items.filter(({ state }) => state !== 'crashed').map(({ name }) => name))
  if (value !== '') names.add(value)
  return (
    <select aria-label="Where" value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">One-off</option>
      {[...names].map((name) => (
        <option key={name} value={name}>
          inside {name}
        </option>
      ))}
    </select>
  )
}
