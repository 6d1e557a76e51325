import type { PointerEvent } from 'react'
import { HEIGHT, linePath, nearest, scaleMost, WIDTH } from './chart-path.ts'

export type Series = { label: string; tone: 'accent' | 'quiet' | 'warn' | 'bad' | 'good'; values: (number | null)[] }
export type Marker = { index: number; label: string }

type ChartProps = {
  title: string
  series: Series[]
  times: string[]
  markers: Marker[]
  /** The point that is pointed at, in all charts of the page. */
  at: number | null
  onPoint: (at: number | null) => void
  format: (value: number) => string
}

/** Lines over time with a common scale; the figures beside the names are those that are pointed at, else the newest. */
export function Chart({ title, series, times, markers, at, onPoint, format }: ChartProps) {
  const most = scaleMost(series.flatMap(({ values }) => values))
  const shown = at ?? times.length - 1
  const text = (value: number | null | undefined) => (value === null || value === undefined ? '–' : format(value))
  const point = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    onPoint(nearest((event.clientX - left) / width, times.length))
  }
  const x = (index: number) => (times.length < 2 ? WIDTH : (index * WIDTH) / (times.length - 1))
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
      <div className="chart-area" onPointerMove={point} onPointerLeave={() => onPoint(null)}>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}: ${series.map(({ label, values }) => `${label} ${text(values.at(-1))}`).join(', ')}`}
        >
          {markers.map(({ index, label }) => (
            <line key={label} className="chart-marker" x1={x(index)} x2={x(index)} y1={0} y2={HEIGHT} />
          ))}
          {series
            .filter(({ values }) => values.some(Boolean))
            .map(({ label, tone, values }) => (
              <path key={label} className={`chart-line line-${tone}`} d={linePath(values, most)} />
            ))}
          {at !== null && <line className="chart-cursor" x1={x(at)} x2={x(at)} y1={0} y2={HEIGHT} />}
        </svg>
        <span className="chart-most num">{format(most)}</span>
      </div>
    </figure>
  )
}
