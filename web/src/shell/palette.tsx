import { useEffect, useState } from 'react'
import { TABS } from '../apps/tabs.ts'
import { useApps } from '../apps/use-apps.ts'
import { signOut } from '../people/sign-out.ts'
import { useAction } from '../ui/action.ts'
import { Dialog } from '../ui/dialog.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { call, refresh } from './api.ts'
import { fits } from './fits.ts'
import { navigate, usePlace } from './router.tsx'
import { Signal, useSignal } from './signal.ts'
import { chooseTheme } from './theme.ts'

const SHOWN = 12
const open = new Signal(false)
export const openPalette = () => open.set(true)

type Entry = { label: string; hint: string; act: () => void | Promise<void> }

function onKey(event: KeyboardEvent): void {
  if (event.key !== 'k' || !(event.metaKey || event.ctrlKey) || event.altKey) return
  event.preventDefault()
  open.set(!open.value)
}

/** Ctrl-K: every place by a few letters of its name. */
export function Palette() {
  useEffect(() => {
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  return useSignal(open) ? <OpenPalette /> : null
}

function OpenPalette() {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const found = useEntries()
    .filter(({ label }) => fits(label, text))
    .slice(0, SHOWN)
  const at = Math.min(chosen, found.length - 1)
  useEffect(() => {
    document.getElementById(`palette-${at}`)?.scrollIntoView({ block: 'nearest' })
  }, [at])
  const close = () => open.set(false)
  const doing = useAction(async (entry: Entry) => {
    await entry.act()
    close()
  })
  const take = (entry: Entry | undefined) => {
    if (entry && !doing.busy) void doing.run(entry)
  }
  const keys: Record<string, () => void> = {
    ArrowDown: () => setChosen(Math.min(at + 1, found.length - 1)),
    ArrowUp: () => setChosen(Math.max(at - 1, 0)),
    Enter: () => take(found[at]),
  }
  return (
    <Dialog title="Go to" onClose={close}>
      <input
        className="palette-input"
        role="combobox"
        aria-label="Go to"
        aria-expanded="true"
        aria-controls="palette"
        aria-activedescendant={`palette-${at}`}
        placeholder="An app, a page, something to do"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setChosen(0)
        }}
        onKeyDown={(event) => {
          const act = keys[event.key]
          if (!act) return
          event.preventDefault()
          act()
        }}
      />
      <div className="palette" id="palette" role="listbox" aria-label="Places">
        {found.map((entry, n) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the input.
          <div
            key={entry.label}
            id={`palette-${n}`}
            role="option"
            tabIndex={-1}
            aria-selected={n === at}
            onClick={() => take(entry)}
          >
            <span>{entry.label}</span> <span className="quiet">{entry.hint}</span>
          </div>
        ))}
      </div>
      {doing.busy && <p role="status">It is being done …</p>}
      <ProblemBox error={doing.error} />
      {found.length === 0 && <p className="quiet">Nothing has these letters.</p>}
    </Dialog>
  )
}

function useEntries(): Entry[] {
  const { path } = usePlace()
  const apps = useApps()
  const here = /^\/apps\/([^/]+)/.exec(path)?.[1]
  const go = (label: string, to: string, hint = ''): Entry => ({ label, hint, act: () => navigate(to) })
  return [
    ...(here ? TABS.map(({ id, label }) => go(`${here} ${label}`, `/apps/${here}/${id}`, 'this app')) : []),
    ...(here ? [restart(here)] : []),
    ...(apps.data ?? []).map(({ name }) => go(name, `/apps/${name}`, 'app')),
    go('Apps', '/', 'page'),
    go('Create an app', '/?create=1', 'do'),
    go('All activity', '/activity', 'page'),
    go('Box', '/box', 'page'),
    go('Account', '/account', 'page'),
    { label: 'Dark colours', hint: 'do', act: () => chooseTheme('dark') },
    { label: 'Light colours', hint: 'do', act: () => chooseTheme('light') },
    { label: 'Colours of the system', hint: 'do', act: () => chooseTheme('system') },
    { label: 'Sign out', hint: 'do', act: signOut },
  ]
}

function restart(app: string): Entry {
  const act = async () => {
    await call('instances.restart', { params: { app }, body: {} })
    await refresh('instances.list')
  }
  return { label: `Restart ${app}`, hint: 'do', act }
}
