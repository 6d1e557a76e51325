import { useState } from 'react'
import { Icon } from './icon.tsx'

const SHOWN_MS = 1_500

/** A line to copy: a command, an address, a fingerprint. */
export function Copy({ text, prompt = false, label }: { text: string; prompt?: boolean; label?: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard?.writeText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), SHOWN_MS)
  }
  return (
    <span className="copy">
      <code>
        {prompt && (
          <span className="copy-prompt" aria-hidden="true">
            ${' '}
          </span>
        )}
        {text}
      </code>
      <button type="button" className="icon-button" onClick={copy} aria-label={label ?? `Copy ${text}`}>
        <Icon name={copied ? 'check' : 'copy'} />
      </button>
      <span className="visually-hidden" role="status">
        {copied ? 'Copied' : ''}
      </span>
    </span>
  )
}

/** The command line that does the same as the form above it. */
export function Cli({ line }: { line: string }) {
  return (
    <p className="cli">
      <span>CLI</span> <Copy text={line} prompt />
    </p>
  )
}
