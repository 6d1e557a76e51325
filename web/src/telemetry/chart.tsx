import type { KeyboardEvent, PointerEvent } from 'react'
import { dotPath, HEIGHT, linePath, nearest, type Range, scaleMost, ticks, WIDTH, xOf, zoomed } from './chart-path.ts'

export type Series = { label: string; tone: 'accent' | 'quiet' | 'warn' | 'bad' | 'good'; values: (number | null)[] }
/** Of what may explain a change: a deploy, or that something went wrong. */
export type Marker = { time: number; label: string; bad: boolean }

/** What all charts of a page share: the time that is pointed at, and the range that is being chosen. */
export type Hand = {
  at: number | null
  /** Where the range begins that goes to `at`. */
  anchor: number | null
  move: (hand: { at: number | null; anchor: number | null }) => void
  zoom: (range: Range) => void
}

export type ChartProps = {
  title: string
  series: Series[]
  times: number[]
  range: Range
  stepMs: number
  markers: Marker[]
  hand: Hand
  base?: 2 | 10
  format: (value: number) => string
}

/** Where no point came for so many steps, nothing was measured. */
const GAP_STEPS = 2.5
/** Half of a time that is written below, on a phone. */
const TICK_ROOM = 45
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

/** Lines over time with a common scale; the figures beside the names are those that are pointed at, else the newest. */
export function Chart(props: ChartProps) {
  const { title, series, times, range, stepMs, markers, hand, base = 10, format } = props
  const most = scaleMost(
    series.flatMap(({ values }) => values),
    base,
  )
  const shown = hand.at === null ? times.length - 1 : nearest(hand.at, times)
  const text = (value: number | null | undefined) => (value === null || value === undefined ? '–' : format(value))
  const x = (time: number) => xOf(time, range)
  const gap = x(range.from + stepMs * GAP_STEPS)
  const words = (n: number) => series.map(({ label, values }) => `${label} ${text(values.at(n))}`).join(', ')
  const from = Math.min(hand.anchor ?? Number.NaN, hand.at ?? Number.NaN)
  return (
    <figure className="chart">
      <figcaption>
        <h2>{title}</h2>
        <ul>
          {series.map(({ label, tone, values }) => (
            <li key={label} className={`tone-${tone}`}>
              {label} <span className="num">{text(values[shown])}</span>
            </li>
          ))}
        </ul>
      </figcaption>
      <div className="chart-area">
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}: ${words(-1)}`}
        >
          {hand.anchor !== null && hand.at !== null && (
            <rect className="chart-chosen" x={x(from)} width={Math.abs(x(hand.at) - x(hand.anchor))} height={HEIGHT} />
          )}
          {markers.map(({ time, label, bad }) => (
            <line
              key={`${time} ${label}`}
              className={bad ? 'chart-marker chart-marker-bad' : 'chart-marker'}
              x1={x(time)}
              x2={x(time)}
              y1={0}
              y2={HEIGHT}
            />
          ))}
          {series
            .filter(({ values }) => values.some(Boolean))
            .map(({ label, tone, values }) => {
              const dots = values.map((value, n) => ({ x: x(times[n] ?? 0), value }))
              return (
                <g key={label} className={`line-${tone}`}>
                  <path className="chart-line" d={linePath(dots, most, gap)} />
                  <path className="chart-line chart-dots" d={dotPath(dots, most, gap)} />
                </g>
              )
            })}
          {hand.at !== null && <line className="chart-cursor" x1={x(hand.at)} x2={x(hand.at)} y1={0} y2={HEIGHT} />}
        </svg>
        <span className="chart-most num">{format(most)}</span>
        <Slider {...props} value={shown} text={`${clock.format(times[shown])}: ${words(shown)}`} />
      </div>
      <div className="chart-times num" aria-hidden="true">
        {ticks(range, -new Date(range.until).getTimezoneOffset() * 60_000)
          .filter((time) => x(time) >= TICK_ROOM && x(time) <= WIDTH - TICK_ROOM)
          .map((time) => (
            <span key={time} style={{ left: `${x(time) / 10}%` }}>
              {clock.format(time)}
            </span>
          ))}
      </div>
    </figure>
  )
}

/** By pointer: a range is chosen by dragging. By keys: arrows go from point to point, with Shift they choose, Enter zooms. */
function Slider({ title, times, range, hand, value, text }: ChartProps & { value: number; text: string }) {
  const timeAt = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    const time = range.from + ((event.clientX - left) / width) * (range.until - range.from)
    return times[nearest(time, times)] ?? null
  }
  const choose = ({ anchor, at }: Pick<Hand, 'anchor' | 'at'>) => {
    hand.move({ at, anchor: null })
    if (anchor !== null && at !== null && anchor !== at)
      hand.zoom({ from: Math.min(anchor, at), until: Math.max(anchor, at) })
  }
  const goTo = (index: number, shift: boolean) => {
    const at = times[Math.min(times.length - 1, Math.max(0, index))] ?? null
    hand.move({ at, anchor: shift ? (hand.anchor ?? times[value] ?? null) : null })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const here = times[value] ?? range.until
    const keys: Record<string, () => void> = {
      ArrowLeft: () => goTo(value - 1, event.shiftKey),
      ArrowRight: () => goTo(value + 1, event.shiftKey),
      Home: () => goTo(0, event.shiftKey),
      End: () => goTo(times.length - 1, event.shiftKey),
      Enter: () => (hand.anchor === null ? hand.zoom(zoomed(range, here, 0.5)) : choose(hand)),
      '+': () => hand.zoom(zoomed(range, here, 0.5)),
      '-': () => hand.zoom(zoomed(range, here, 2)),
      Escape: () => hand.move({ at: null, anchor: null }),
    }
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }
  return (
    <div
      className="chart-hand"
      role="slider"
      tabIndex={0}
      aria-label={`Time in ${title}`}
      aria-valuemin={0}
      aria-valuemax={times.length - 1}
      aria-valuenow={value}
      aria-valuetext={text}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        hand.move({ at: timeAt(event), anchor: timeAt(event) })
      }}
      onPointerMove={(event) => hand.move({ at: timeAt(event), anchor: event.buttons === 1 ? hand.anchor : null })}
      onPointerUp={(event) => choose({ at: timeAt(event), anchor: hand.anchor })}
      onPointerLeave={() => hand.move({ at: null, anchor: null })}
    />
  )
}
