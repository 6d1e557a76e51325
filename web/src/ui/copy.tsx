import { useRef, useState } from 'react'
import { Icon } from './icon.tsx'

const SHOWN_MS = 1_500
/** Long enough to be read. */
const TOLD_MS = 8_000

/** A line to copy: a command, an address, a fingerprint. */
export function Copy({ text, prompt = false, label }: { text: string; prompt?: boolean; label?: string }) {
  const [said, setSaid] = useState('')
  const shown = useRef<HTMLElement>(null)
  const copy = async () => {
    const done = await copied(text)
    if (!done) select(shown.current)
    setSaid(done ? 'Copied' : 'Your browser does not let this page copy. It is selected: press Ctrl-C or ⌘C.')
    setTimeout(() => setSaid(''), done ? SHOWN_MS : TOLD_MS)
  }
  return (
    <span className="copy">
      <code ref={shown}>
        {prompt && (
          <span className="copy-prompt" aria-hidden="true">
            ${' '}
          </span>
        )}
        {text}
      </code>
      <button type="button" className="icon-button" onClick={copy} aria-label={label ?? `Copy ${text}`}>
        <Icon name={said === 'Copied' ? 'check' : 'copy'} />
      </button>
      <span className={said === 'Copied' || said === '' ? 'visually-hidden' : 'copy-said'} role="status">
        {said}
      </span>
    </span>
  )
}

/** False where the browser refuses, or has no clipboard: over plain HTTP to another machine. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

/** All but the prompt, which cannot be selected. */
function select(element: HTMLElement | null): void {
  if (element) getSelection()?.selectAllChildren(element)
}

/** The command line that does the same as the form above it. */
export function Cli({ line }: { line: string }) {
  return (
    <p className="cli">
      <span>CLI</span> <Copy text={line} prompt />
    </p>
  )
}
