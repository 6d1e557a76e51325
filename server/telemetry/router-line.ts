import type { RequestRecord } from '../../router/contract/event.ts'

type Severity = 'info' | 'warning' | 'error'

/** Where a code's severity is not `error`: Heroku's table of error codes. */
const SEVERITY: Record<string, Severity> = { H27: 'warning', H28: 'warning', H80: 'info', H81: 'info', H83: 'info' }
/** Which side broke the connection. */
const SOCKET: Record<string, string> = { H18: 'backend', H27: 'client' }

/** Heroku's router line, field for field, so that existing parsers of such logs work. */
export function routerLine(record: RequestRecord): string {
  const { method, path, host, requestId, fwd, instance, connectMs, serviceMs, status, bytes, protocol } = record
  return (
    `${outcome(record)} method=${bare(method)} path=${quoted(path)} host=${bare(host)} request_id=${bare(requestId)} ` +
    `fwd=${quoted(fwd)} dyno=${bare(instance)} connect=${duration(instance, connectMs)} ` +
    `service=${duration(instance, serviceMs)} status=${status} bytes=${bytes} protocol=${protocol}`
  )
}

function outcome({ code, desc }: RequestRecord): string {
  if (!code) return 'at=info'
  const socket = SOCKET[code] ? `sock=${SOCKET[code]} ` : ''
  return `${socket}at=${SEVERITY[code] ?? 'error'} code=${bare(code)} desc=${quoted(desc ?? '')}`
}

/** A request that no instance took has no times. */
function duration(instance: string, milliseconds: number): string {
  return instance ? `${Math.round(milliseconds)}ms` : ''
}

function quoted(value: string): string {
  return `"${visible(value).replaceAll('"', '%22')}"`
}

function bare(value: string): string {
  return visible(value).replaceAll(' ', '%20')
}

/** Clients choose these bytes: control characters must not reach a terminal, nor begin a line of their own. */
function visible(value: string): string {
  return value.replace(/\p{Cc}/gu, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
