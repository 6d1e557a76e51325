import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Arrival, RecordingOrigin } from './recording-origin.ts'

export type Case = {
  id: string
  name: string
  class: string
  maxUpstream: number
  exactUpstream?: number
  expectTarget?: string
  noHeader?: string[]
  noHeaderRe?: string
  statusNot?: number[]
  expectBodyLen?: number
  b64: string
}

export type Outcome = { statuses: number[]; closed: boolean; arrivals: Arrival[] }

const HOST_AND_PAD = 64

/**
 * Their class wants the first request answered and the second refused, but the first holds a lone LF or a folded line,
 * which we refuse at once: RFC 9112 sections 2.2 (a recipient MAY take LF for a line end) and 5.2 (a server MUST reject
 * obs-fold or replace it). See corpus/README.md.
 */
const REFUSED_AT_ONCE = new Set(['045', '071', '129'])

export const cases = readFileSync(new URL('../http1/corpus/cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case)

/** One way into a router: `prefix`, a letter, keeps its requests apart from those of other ways. */
export type Way = {
  prefix: string
  /** Calls back when bytes may be sent. */
  open(host: string, opened: () => void): Socket
  origin: RecordingOrigin
  /** Longer than any limit there: whoever has not answered by then never will. */
  patienceMs: number
}

function hostOf({ id }: Case, prefix: string): string {
  return `${prefix}${id}.case.test`
}

function bytesOf(item: Case, prefix: string): Buffer {
  const host = hostOf(item, prefix)
  const text = Buffer.from(item.b64, 'base64').toString('latin1')
  const filled = text
    .replaceAll('{{HOST}}', host)
    .replaceAll('{{HOSTUP}}', host.toUpperCase())
    .replaceAll('{{PAD}}', 'x'.repeat(HOST_AND_PAD - host.length))
  return Buffer.from(filled, 'latin1')
}

/** Sends a case, and resolves when the connection is closed or nothing more can come, or what came is enough. */
export function send(
  item: Case,
  { prefix, open, origin, patienceMs }: Way,
  isEnough: (text: string) => boolean = () => false,
): Promise<Outcome> {
  return new Promise((resolve) => {
    let text = ''
    const host = hostOf(item, prefix)
    const socket = open(host, () => socket.write(bytesOf(item, prefix)))
    const finish = (closed: boolean) => {
      clearTimeout(patience)
      socket.destroy()
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
      resolve({ statuses, closed, arrivals: origin.of(host) })
    }
    const patience = setTimeout(() => finish(false), patienceMs)
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk
      if (isEnough(text)) finish(false)
    })
    socket.on('error', () => {})
    socket.on('close', () => finish(true))
  })
}

/** The status of the first answer. */
export async function firstStatus(item: Case, way: Way): Promise<number | undefined> {
  return (await send(item, way, (text) => text.includes('\r\n'))).statuses[0]
}

/** What is wrong with what came of a case; null: nothing. */
export function complaint(item: Case, { statuses, closed, arrivals }: Outcome): string | null {
  const whole = arrivals.filter(({ complete }) => complete)
  const [first = 0] = statuses
  if (whole.length > item.maxUpstream) return `the app saw ${whole.length} requests`
  if (statuses.filter((status) => status === 200).length > whole.length) return 'answered more than the app was asked'
  if (item.statusNot?.includes(first)) return `answered ${first}`
  for (const { headers } of arrivals) {
    const lines = headers.map(([name, value]) => `${name}: ${value}`)
    if (lines.some((line) => item.noHeader?.includes(line))) return `passed ${item.noHeader}`
    if (item.noHeaderRe && lines.some((line) => new RegExp(item.noHeaderRe ?? '').test(line))) return 'passed a header'
  }
  switch (item.class) {
    case 'must-reject-400':
      if (arrivals.length > 0) return 'reached the app'
      return first >= 400 || (closed && statuses.length === 0) ? null : `answered ${first}`
    case 'must-forward-as-one-request':
    case 'must-normalise':
      if (first !== 200 || whole.length !== (item.exactUpstream ?? 1))
        return `answered ${first}, app saw ${whole.length}`
      if (item.expectTarget && whole[0]?.line.split(' ')[1] !== item.expectTarget) return `passed ${whole[0]?.line}`
      if (item.expectBodyLen !== undefined && whole[0]?.bodyBytes !== item.expectBodyLen) return 'changed the body'
      return null
    case 'pipelined-then-reject':
      if (REFUSED_AT_ONCE.has(item.id)) return first === 400 && arrivals.length === 0 ? null : `answered ${first}`
      if (first !== 200) return `answered ${first} first`
      return closed && (statuses.at(-1) ?? 0) >= 400 ? null : `was not refused: ${statuses}`
    default:
      return null
  }
}
