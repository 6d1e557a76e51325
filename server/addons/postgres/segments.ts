/** As initdb makes them, in bytes. */
export const SEGMENT_BYTES = 16 * 1024 ** 2
const SEGMENTS_PER_LOG = 2 ** 32 / SEGMENT_BYTES
const NAME = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/

/** `000000010000000000000002` holds the position `0/2000028` of timeline 1. */
export function segmentOf(timeline: number, position: string): string {
  const [high = '', low = ''] = position.split('/')
  const segment = Math.floor(Number.parseInt(low, 16) / SEGMENT_BYTES)
  return [timeline, Number.parseInt(high, 16), segment].map(hex).join('')
}

/** From one segment to another: 1 for neighbours; NaN when they are of different timelines, or no segments. */
export function distance(from: string, to: string): number {
  const [a, b] = [parse(from), parse(to)]
  return a && b && a.timeline === b.timeline ? b.number - a.number : Number.NaN
}

function parse(name: string): { timeline: string; number: number } | undefined {
  const [, timeline, log, segment] = NAME.exec(name) ?? []
  if (timeline === undefined || log === undefined || segment === undefined) return undefined
  return { timeline, number: Number.parseInt(log, 16) * SEGMENTS_PER_LOG + Number.parseInt(segment, 16) }
}

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0')
}
