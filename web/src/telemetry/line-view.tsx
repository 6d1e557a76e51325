import { type MouseEvent, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Signal, useSignal } from '../shell/signal.ts'
import { Icon } from '../ui/icon.tsx'
import type { Line, LineBuffer } from './line-buffer.ts'
import type { LineAddress } from './line-row.ts'
import { type Behind, LineScroll } from './line-scroll.ts'

type LineViewProps = {
  lines: LineBuffer
  label: string
  empty: string
  /** Is brought into sight once, as soon as it is there. */
  marked?: string | undefined
  /** Does not follow the end until one asks for it. */
  paused?: boolean
  /** Where a line has an address, its time is the link. */
  address?: LineAddress
  /** Its time was clicked on. */
  choose?: (line: Line) => void
}

/** Lines, and below them how many came while one was reading. */
export function LineView({ lines, label, empty, marked, paused = false, address, choose }: LineViewProps) {
  const box = useRef<HTMLDivElement>(null)
  const all = useRef<HTMLDivElement>(null)
  const seen = useRef<HTMLDivElement>(null)
  const scroll = useRef<LineScroll>(undefined)
  const [behind] = useState(() => new Signal<Behind>(null))
  const none = useSyncExternalStore(lines.watch, () => lines.shown.length === 0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: whether it begins paused is asked once.
  useLayoutEffect(() => {
    if (!box.current || !all.current || !seen.current) return
    const elements = { box: box.current, all: all.current, seen: seen.current }
    const own = new LineScroll(elements, lines, { address, paused, behind })
    scroll.current = own
    return () => own.close()
  }, [lines, address, behind])
  useLayoutEffect(() => scroll.current?.mark(marked), [marked])
  const click = (event: MouseEvent<HTMLElement>) => {
    if (!(event.target instanceof Element) || event.target.closest('.line-at') === null) return
    const line = scroll.current?.lineOf(event.target)
    if (!choose || !line || event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    choose(line)
  }
  return (
    <div className="lines-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it by keys. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: what is clicked on is a link, which keys click on too. */}
      <div ref={box} className="lines" role="log" aria-label={label} aria-live="off" tabIndex={0} onClick={click}>
        {none && <p className="lines-empty">{empty}</p>}
        <div ref={all} className="lines-all">
          <div ref={seen} className="lines-seen" />
        </div>
      </div>
      {!none && <Follow behind={behind} counts={!paused} onFollow={() => scroll.current?.follow()} />}
    </div>
  )
}

type FollowProps = { behind: Signal<Behind>; counts: boolean; onFollow: () => void }

function Follow({ behind, counts, onFollow }: FollowProps) {
  const missed = useSignal(behind)
  if (missed === null) return null
  return (
    <button type="button" className="button small lines-follow" onClick={onFollow}>
      <Icon name="down" /> Follow{missed > 0 && counts && `, ${missed} new`}
    </button>
  )
}
