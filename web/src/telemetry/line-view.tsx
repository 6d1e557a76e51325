import { memo, type ReactNode, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react'
import { flushSync } from 'react-dom'
import { Icon } from '../ui/icon.tsx'
import { pieces } from './ansi.ts'
import type { Line, LineBuffer } from './line-buffer.ts'

/** As --line of the style sheet. */
const LINE_PX = 20
/** Drawn above and below what is seen. */
const SPARE = 6
const AT_END_PX = 24

type LineViewProps = {
  lines: LineBuffer
  label: string
  empty: string
  /** Is brought into sight once, as soon as it is there. */
  marked?: string | undefined
  /** Does not follow the end until one asks for it. */
  paused?: boolean
  /** What stands before the text of a line. */
  head?: (line: Line) => ReactNode
}

/** Any number of lines: only those that can be seen are in the page. Follows the end until one scrolls up. */
export function LineView({ lines, label, empty, marked, paused = false, head }: LineViewProps) {
  useSyncExternalStore(lines.watch, lines.version)
  const box = useRef<HTMLDivElement>(null)
  const [follows, setFollows] = useState(!paused)
  const [topLine, setTopLine] = useState(0)
  const seenUpTo = useRef(0)
  const dropped = useRef(0)
  const brought = useRef(false)
  const { shown } = lines
  if (follows) seenUpTo.current = lines.came

  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    if (follows) element.scrollTop = element.scrollHeight
    else if (lines.dropped > dropped.current) element.scrollTop -= (lines.dropped - dropped.current) * LINE_PX
    dropped.current = lines.dropped
    if (marked === undefined || brought.current) return
    const at = shown.findIndex(({ id }) => id === marked)
    if (at === -1) return
    brought.current = true
    setFollows(false)
    const place = at * LINE_PX - element.scrollTop
    if (place < 0 || place > element.clientHeight - LINE_PX) element.scrollTop += place - element.clientHeight / 3
  })

  const height = box.current?.clientHeight ?? 600
  const first = Math.max(0, topLine - SPARE)
  const seen = shown.slice(first, topLine + Math.ceil(height / LINE_PX) + 1 + SPARE)
  const onScroll = () => {
    const element = box.current
    if (!element) return
    const { clientHeight, scrollHeight, scrollTop } = element
    // In the frame that scrolls: later it would show the lines of the place before.
    flushSync(() => {
      setTopLine(Math.floor(scrollTop / LINE_PX))
      setFollows(scrollHeight - scrollTop - clientHeight < AT_END_PX)
    })
  }
  const missed = lines.came - seenUpTo.current
  return (
    <div className="lines-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it by keys. */}
      <div ref={box} className="lines" role="log" aria-label={label} aria-live="off" tabIndex={0} onScroll={onScroll}>
        {shown.length === 0 && <p className="lines-empty">{empty}</p>}
        <div className="lines-all" style={{ height: shown.length * LINE_PX }}>
          <div className="lines-seen" style={{ transform: `translateY(${first * LINE_PX}px)` }}>
            {seen.map((line, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a place on the screen gets other text; nothing is made or moved.
              <Row key={n} line={line} marked={line.id === marked} head={head} />
            ))}
          </div>
        </div>
      </div>
      {!follows && shown.length > 0 && (
        <button type="button" className="button small lines-follow" onClick={() => setFollows(true)}>
          <Icon name="down" /> Follow{missed > 0 && !paused && `, ${missed} new`}
        </button>
      )}
    </div>
  )
}

const Row = memo(function Row({ line, marked, head }: { line: Line; marked: boolean; head: LineViewProps['head'] }) {
  return (
    <div className={marked ? 'line line-marked' : 'line'}>
      {head?.(line)}
      {pieces(line.text).map(({ text, style }, n) =>
        style === '' ? (
          text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line never change.
          <span key={n} className={style}>
            {text}
          </span>
        ),
      )}
    </div>
  )
})
