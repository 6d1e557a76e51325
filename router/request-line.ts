import { FAILURES } from './failures.ts'
import type { Finished } from './finished.ts'

const MICROS_PER_MS = 1_000
/** What JSON cannot hold as it is, and what terminals or line splitters take for something else. */
const ESCAPED = /["\\\p{Cc}\u2028\u2029]/u

/**
 * The `request` event of one request with its line end, as text at once: an object and JSON.stringify would cost four
 * times as much, for every request of every app.
 */
export function requestLine(request: Finished): string {
  const { service, asked, visitor, target, code } = request
  const id = service.spec.id === undefined ? '' : `"serviceId":"${service.spec.id}",`
  const connectMs = Math.round(request.connectMicros / MICROS_PER_MS)
  const serviceMs = Math.max(0, Math.round(request.micros / MICROS_PER_MS) - connectMs)
  const failure = code ? `,"code":"${code}","desc":"${FAILURES[code].description}"` : ''
  return (
    `{"type":"request","at":"${isoTime(request.startedAt)}","service":"${service.name}",${id}"method":"${asked.method}",` +
    `"path":${quoted(asked.path)},"host":${quoted(asked.authority)},"requestId":"${asked.requestId}",` +
    `"fwd":${quoted(visitor.address)},"instance":${quoted(target?.instance ?? '')},"release":${target?.release ?? 0},` +
    `"connectMs":${connectMs},"serviceMs":${serviceMs},"status":${request.status},"bytes":${request.bytes},` +
    `"protocol":"${visitor.protocol}"${failure}}\n`
  )
}

function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`
}

let second = -1
let secondText = ''

/** As Date.toISOString, which costs ten times as much. */
function isoTime(milliseconds: number): string {
  const whole = Math.floor(milliseconds / 1_000)
  if (whole !== second) {
    second = whole
    secondText = new Date(whole * 1_000).toISOString().slice(0, -4)
  }
  return `${secondText}${String(milliseconds - whole * 1_000).padStart(3, '0')}Z`
}
