import { useState } from 'react'
import type { App } from '../../../server/contract/app.ts'
import { call, refresh } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Cli, Copy } from '../ui/copy.tsx'
import { Empty, Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { quoted } from '../ui/quoted.ts'
import type { TerminalSize } from './run-terminal.tsx'
import { RunsTable } from './runs.tsx'
import { ShellWindow } from './shell-window.tsx'

const SHELL = 'bash'
/** One-off instances of the current release: at a terminal, or detached. */
export function ShellScreen({ app }: { app: App }) {
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
  const start = async (size: TerminalSize) => {
    const made = await run(open ?? command, size)
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
              disabled={detach.busy || command === ''}
              onClick={() => detach.run()}
            >
              Run detached
            </button>
            <p className="hint">
              It runs in an instance of its own, of v{app.release}, with its config vars, beside those that serve. What
              is run detached goes on without this page and prints into the log.
            </p>
          </form>
        ) : (
          <ShellWindow title={open} start={start} onClose={end} />
        )}
        <ProblemBox error={detach.error} />
        <Cli line={`paas run -a ${app.name} ${quoted(open ?? command)}`} />
      </Section>
      <Section title="One-offs">
        <RunsTable app={app.name} />
        <Cli line={`paas runs -a ${app.name}`} />
      </Section>
    </div>
  )
}
