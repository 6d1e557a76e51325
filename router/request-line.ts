import { FAILURES } from './failures.ts'
import type { Finished } from './finished.ts'

const MICROS_PER_MS = 1_000
/** Not plain ASCII, or with a meaning in JSON. */
const ESCAPED = /[^ !#-[\]-~]/
/** What follows the second in a time: `007Z`. */
const MILLISECONDS = Array.from({ length: 1_000 }, (_, ms) => `${String(ms).padStart(3, '0')}Z`)

/**
 * The `request` event of one request with its line end, as text at once: an object and JSON.stringify would cost four
 * times as much, for every request of every app. What mostly repeats is kept from the request before.
 */
export function requestLine(request: Finished): string {
  const { asked, code } = request
  const connectMs = Math.round(request.connectMicros / MICROS_PER_MS)
  const serviceMs = Math.max(0, Math.round(request.micros / MICROS_PER_MS) - connectMs)
  const line =
    `${startOf(request.startedAt)}${serviceFields(request)}${asked.method}","path":${quoted(asked.path)},"host":` +
    `${quoted(asked.authority)},"requestId":"${asked.requestId}","fwd":${quoted(request.visitor.address)},"protocol":"` +
    `${request.visitor.protocol}"${targetFields(request)}${connectMs},"serviceMs":${serviceMs},"status":` +
    `${request.status},"bytes":${request.bytes}`
  return code ? `${line},"code":"${code}","desc":"${FAILURES[code].description}"}\n` : `${line}}\n`
}

function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`
}

let second = -1
let secondText = ''

/** As Date.toISOString, which costs ten times as much. */
function startOf(milliseconds: number): string {
  const whole = Math.floor(milliseconds / 1_000)
  if (whole !== second) {
    second = whole
    secondText = `{"type":"request","at":"${new Date(whole * 1_000).toISOString().slice(0, -4)}`
  }
  return secondText + MILLISECONDS[milliseconds - whole * 1_000]
}

let spec: Finished['service']['spec'] | null = null
let specText = ''

/** A spec is never changed, but replaced. */
function serviceFields({ service }: Finished): string {
  if (service.spec !== spec) {
    spec = service.spec
    const id = spec.id === undefined ? '' : `"serviceId":"${spec.id}",`
    specText = `","service":"${service.name}",${id}"method":"`
  }
  return specText
}

let target: Finished['target'] = null
let instance = ''
let targetText = textOf(null)

function targetFields(request: Finished): string {
  if (request.target !== target || (target !== null && target.instance !== instance)) {
    target = request.target
    instance = target?.instance ?? ''
    targetText = textOf(target)
  }
  return targetText
}

function textOf(of: Finished['target']): string {
  return `,"instance":${quoted(of?.instance ?? '')},"release":${of?.release ?? 0},"connectMs":`
}
