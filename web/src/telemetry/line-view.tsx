import { memo, type ReactNode, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Icon } from '../ui/icon.tsx'
import { pieces } from './ansi.ts'
import type { Line, LineBuffer } from './line-buffer.ts'

/** As --line of the style sheet. */
const LINE_PX = 20
/** Drawn above and below what is seen. */
const SPARE = 6
/** More than are ever drawn: a line keeps its place in the page while it scrolls by, and passes it on when it is out of sight. */
const PLACES = 512
const AT_END_PX = 24

type LineViewProps = {
  lines: LineBuffer
  label: string
  empty: string
  marked?: string | undefined
  /** What stands before the text of a line. */
  head?: (line: Line) => ReactNode
}

/** Any number of lines: only those that can be seen are in the page. Follows the end until one scrolls up. */
export function LineView({ lines, label, empty, marked, head }: LineViewProps) {
  useSyncExternalStore(lines.watch, lines.version)
  const box = useRef<HTMLDivElement>(null)
  const [follows, setFollows] = useState(marked === undefined)
  const [top, setTop] = useState(0)
  const dropped = useRef(0)
  const { shown } = lines

  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    if (follows) element.scrollTop = element.scrollHeight
    else if (lines.dropped > dropped.current) element.scrollTop -= (lines.dropped - dropped.current) * LINE_PX
    dropped.current = lines.dropped
  })

  const height = box.current?.clientHeight ?? 600
  const first = Math.max(0, Math.floor(top / LINE_PX) - SPARE)
  const seen = shown.slice(first, Math.ceil((top + height) / LINE_PX) + SPARE)
  const onScroll = () => {
    const element = box.current
    if (!element) return
    setTop(element.scrollTop)
    setFollows(element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PX)
  }
  return (
    <div className="lines-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it by keys. */}
      <div ref={box} className="lines" role="log" aria-label={label} aria-live="off" tabIndex={0} onScroll={onScroll}>
        {shown.length === 0 && <p className="lines-empty">{empty}</p>}
        <div className="lines-all" style={{ height: shown.length * LINE_PX }}>
          <div className="lines-seen" style={{ transform: `translateY(${first * LINE_PX}px)` }}>
            {seen.map((line, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: places are passed on, so that scrolling changes text and makes nothing.
              <Row key={(first + n) % PLACES} line={line} marked={line.id === marked} head={head} />
            ))}
          </div>
        </div>
      </div>
      {!follows && shown.length > 0 && (
        <button type="button" className="button small lines-follow" onClick={() => setFollows(true)}>
          <Icon name="down" /> Follow
        </button>
      )}
    </div>
  )
}

const Row = memo(function Row({ line, marked, head }: { line: Line; marked: boolean; head: LineViewProps['head'] }) {
  return (
    <div className={marked ? 'line line-marked' : 'line'}>
      {head?.(line)}
      {pieces(line.text).map(({ text, style }, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line never change.
        <span key={n} {...(style !== '' && { className: style })}>
          {text}
        </span>
      ))}
    </div>
  )
})
