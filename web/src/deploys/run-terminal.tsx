import '@xterm/xterm/css/xterm.css'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import { useEffect, useRef } from 'react'
import { theme } from '../shell/theme.ts'
import { type RunEnd, RunLine } from './run-line.ts'
import { openStrictly } from './strict-styles.ts'
import { terminalKeys } from './terminal-keys.ts'
import { terminalTheme } from './terminal-theme.ts'

const FONT_SIZE = 13
const SCROLLBACK_LINES = 10_000
/** WCAG 2.2, 1.4.3: whatever colours a program asks for. */
const CONTRAST = 4.5
/** Output that was not drawn yet; what comes beyond it is left out, so that the page stays alive and Ctrl-C is heard. */
const WAITING_MOST_BYTES = 8 * 1024 * 1024

export type TerminalSize = { columns: number; rows: number }
export type OpenedRun = { id: string; ticket: string | null }
type RunTerminalProps = {
  label: string
  /** For people who listen: output is read out as it comes. */
  spoken: boolean
  start: (size: TerminalSize) => Promise<OpenedRun>
  onOpen: () => void
  onEnd: (end: RunEnd) => void
  onError: (error: unknown) => void
  onLeave: () => void
}

/** A terminal on a one-off that is started for it. Loaded only where one is opened. */
export function RunTerminal(props: RunTerminalProps) {
  const frame = useRef<HTMLElement>(null)
  const latest = useRef(props)
  latest.current = props
  const shown = useRef<Terminal>(null)
  useEffect(() => {
    if (!frame.current) return
    const opened = open(frame.current, latest)
    shown.current = opened.terminal
    return opened.close
  }, [])
  useEffect(() => {
    if (shown.current) shown.current.options.screenReaderMode = props.spoken
  }, [props.spoken])
  return <section className="terminal-frame" aria-label={props.label} ref={frame} />
}

function open(frame: HTMLElement, latest: { current: RunTerminalProps }): { terminal: Terminal; close: () => void } {
  const terminal = new Terminal({
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mono'),
    fontSize: FONT_SIZE,
    scrollback: SCROLLBACK_LINES,
    minimumContrastRatio: CONTRAST,
    screenReaderMode: latest.current.spoken,
    cursorBlink: false,
    theme: terminalTheme(),
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  const dropSheets = openStrictly(terminal, frame)
  terminal.attachCustomKeyEventHandler(terminalKeys(terminal, () => latest.current.onLeave()))
  fit.fit()
  terminal.focus()
  const gone = new AbortController()
  followSize(frame, fit, gone.signal)
  followColours(terminal, gone.signal)
  void join(terminal, latest, gone.signal)
  return {
    terminal,
    close: () => {
      gone.abort()
      terminal.dispose()
      dropSheets()
    },
  }
}

/** What is typed while the line is made waits for it. */
async function join(terminal: Terminal, latest: { current: RunTerminalProps }, gone: AbortSignal): Promise<void> {
  let early = ''
  const waiting = terminal.onData((text) => {
    early += text
  })
  try {
    const run = await latest.current.start({ columns: terminal.cols, rows: terminal.rows })
    if (gone.aborted || run.ticket === null) return
    const line = new RunLine(run.id, run.ticket, {
      onOpen: () => {
        waiting.dispose()
        line.resize(terminal.cols, terminal.rows)
        line.type(early)
        terminal.onData((text) => line.type(text))
        terminal.onResize(({ cols, rows }) => line.resize(cols, rows))
        latest.current.onOpen()
      },
      onOutput: writer(terminal),
      onEnd: (end) => {
        terminal.options.disableStdin = true
        terminal.options.cursorInactiveStyle = 'none'
        terminal.blur()
        latest.current.onEnd(end)
      },
    })
    gone.addEventListener('abort', () => line.close())
  } catch (error) {
    if (!gone.aborted) latest.current.onError(error)
  }
}

function writer(terminal: Terminal): (bytes: Uint8Array) => void {
  let waiting = 0
  let left = 0
  return (bytes) => {
    if (waiting > WAITING_MOST_BYTES) {
      left += bytes.length
      return
    }
    if (left > 0) terminal.write(`\r\n\x1b[0m[${left} bytes came too fast and are left out]\r\n`)
    left = 0
    waiting += bytes.length
    terminal.write(bytes, () => {
      waiting -= bytes.length
    })
  }
}

function followSize(frame: HTMLElement, fit: FitAddon, gone: AbortSignal): void {
  const observer = new ResizeObserver(() => fit.fit())
  observer.observe(frame)
  gone.addEventListener('abort', () => observer.disconnect())
}

function followColours(terminal: Terminal, gone: AbortSignal): void {
  const paint = () => {
    terminal.options.theme = terminalTheme()
  }
  const stopWatching = theme.watch(() => queueMicrotask(paint))
  gone.addEventListener('abort', stopWatching)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint, { signal: gone })
}
