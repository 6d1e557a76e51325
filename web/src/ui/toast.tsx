import { useEffect } from 'react'
import { Signal, useSignal } from '../shell/signal.ts'
import { useAction } from './action.ts'
import { Icon } from './icon.tsx'
import { ProblemBox } from './problem.tsx'

const SHOWN_MS = 12_000

type Toast = { text: string; undo: () => Promise<unknown> }
const toast = new Signal<Toast | null>(null)

/** Says that something was done, for a while in which it can be taken back. */
export function done(text: string, undo: Toast['undo']): void {
  toast.set({ text, undo })
}

const close = () => toast.set(null)

/** One at a time: what was done last. It stays while the pointer or the focus is on it. */
export function Toasts() {
  const shown = useSignal(toast)
  return <div role="status">{shown && <Shown key={shown.text} toast={shown} />}</div>
}

function Shown({ toast: { text, undo } }: { toast: Toast }) {
  const back = useAction(async () => {
    await undo()
    close()
  })
  useEffect(() => {
    const hide = () => (document.querySelector('.toast:hover, .toast:focus-within') ? later() : close())
    const later = () => {
      timer = setTimeout(hide, SHOWN_MS)
    }
    let timer = setTimeout(hide, SHOWN_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className="toast">
      <span>{text}</span>
      <button type="button" className="button small" disabled={back.busy} onClick={() => back.run()}>
        {back.busy ? 'Undoing …' : 'Undo'}
      </button>
      <button type="button" className="icon-button" aria-label="Put it away" onClick={close}>
        <Icon name="close" />
      </button>
      <ProblemBox error={back.error} />
    </div>
  )
}
