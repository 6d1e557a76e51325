import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { ProblemBox } from '../ui/problem.tsx'
import { State } from '../ui/state.tsx'
import { Waiting } from '../ui/waiting.tsx'
import type { RunEnd } from './run-line.ts'
import type { OpenedRun, TerminalSize } from './run-terminal.tsx'

const RunTerminal = lazy(async () => ({ default: (await import('./run-terminal.tsx')).RunTerminal }))
const SPOKEN_KEY = 'paas-terminal-spoken'

type ShellWindowProps = {
  title: string
  start: (size: TerminalSize) => Promise<OpenedRun>
  onClose: () => void
}

/** A terminal with what becomes of it: it starts when it is there, and ends with the page. */
export function ShellWindow({ title, start, onClose }: ShellWindowProps) {
  const [state, setState] = useState<'starting' | 'running' | RunEnd>('starting')
  const [error, setError] = useState<unknown>()
  const [attempt, setAttempt] = useState(0)
  const [spoken, setSpoken] = useState(wasSpoken)
  const close = useRef<HTMLButtonElement>(null)
  useWarning(state === 'running')
  const again = () => {
    setState('starting')
    setError(undefined)
    setAttempt(attempt + 1)
  }
  const ended = typeof state === 'object' || error !== undefined
  return (
    <div className="terminal">
      <div className="terminal-head">
        <code className="clip grow">{title}</code>
        <span role="status">{error === undefined && <TerminalState state={state} />}</span>
        {ended && (
          <button type="button" className="button small" onClick={again}>
            Open again
          </button>
        )}
        <button type="button" className="button small" ref={close} onClick={onClose}>
          {ended ? 'Close' : 'End it'}
        </button>
      </div>
      <Suspense fallback={<Waiting what="Loading the terminal …" />}>
        <RunTerminal
          key={attempt}
          label={`Terminal: ${title}`}
          spoken={spoken}
          start={start}
          onOpen={() => setState('running')}
          onEnd={setState}
          onError={setError}
          onLeave={() => close.current?.focus()}
        />
      </Suspense>
      <ProblemBox error={error} />
      {typeof state === 'object' && state.how !== 'exit' && <p className="low">{LOST[state.how]}</p>}
      <p className="hint terminal-foot">
        <span>Leaving this page ends it. Shift-Esc leaves the terminal; Ctrl-V pastes.</span>
        <label className="check">
          <input
            type="checkbox"
            checked={spoken}
            onChange={(event) => {
              setSpoken(event.target.checked)
              rememberSpoken(event.target.checked)
            }}
          />
          Screen reader
        </label>
      </p>
    </div>
  )
}

const LOST = {
  lost: 'The line to the box is gone, and the command with it: it is stopped when nobody is there. Open it again to begin anew; what shall go on alone is run detached.',
  refused: 'The access that this terminal stood on was taken away: the command was stopped.',
}

function TerminalState({ state }: { state: 'starting' | 'running' | RunEnd }) {
  if (typeof state === 'string') return <State state={state} />
  if (state.how !== 'exit') return <State state="failed" label={state.how === 'lost' ? 'line lost' : 'ended'} />
  return <State state={state.code === 0 ? 'succeeded' : 'failed'} label={`exit code ${state.code}`} />
}

/** The browser asks before it throws a running command away. */
function useWarning(running: boolean): void {
  useEffect(() => {
    if (!running) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [running])
}

function wasSpoken(): boolean {
  try {
    return localStorage.getItem(SPOKEN_KEY) === 'yes'
  } catch {
    return false
  }
}

function rememberSpoken(spoken: boolean): void {
  try {
    localStorage.setItem(SPOKEN_KEY, spoken ? 'yes' : 'no')
  } catch {
    // A browser that keeps nothing is told again next time.
  }
}
