import type { Routing } from '../server/contract/routing.ts'
import { duration, listOf, oneOf, onOff, pairOf, size, text } from './setting-forms.ts'
import { type Forms, settingKey } from './settings.ts'
import { sizeText } from './size.ts'

/** Everything that `routing:set` takes, in the order in which it is shown. */
export const ROUTING_FORMS: Forms = {
  sticky: onOff,
  concurrency: pairOf('perInstance', 'queue', 'requests per instance and how many wait, such as 20/50', () => ({})),
  'canonical-host': text,
  'auth-realm': text,
  allow: listOf('addresses and ranges'),
  'rate-limit': pairOf('perSecond', 'burst', 'requests a second and how many at once, such as 10/20', (burst) => ({
    burst,
  })),
  'max-body': size,
  compress: onOff,
  underscores: onOff,
  'connect-timeout': duration,
  'first-byte-timeout': duration,
  'idle-timeout': duration,
  'websocket-idle-timeout': duration,
  'drain-timeout': duration,
  tls: oneOf('auto', 'custom', 'off'),
  'https-redirect': onOff,
  hsts: duration,
}

/** What is set by a command of its own. */
export const ROUTING_ELSEWHERE = {
  auth: 'paas routing:auth NAME',
  headers: 'paas routing:headers NAME=VALUE',
  'error-page': 'paas routing:page error FILE',
  'maintenance-page': 'paas routing:page maintenance FILE',
}

export const ROUTING_NAMES = [...Object.keys(ROUTING_FORMS), ...Object.keys(ROUTING_ELSEWHERE)]

/** Name, value and default of each setting, as one types them. */
export function routingRows(settings: Routing, defaults: Routing): [name: string, value: string, fallback: string][] {
  return ROUTING_NAMES.map((name) => [name, shown(name, settings), shown(name, defaults)])
}

function shown(name: string, routing: Routing): string {
  const value = routing[settingKey(name) as keyof Routing]
  const form = ROUTING_FORMS[name]
  if (form) return form.write(value)
  if (name === 'headers') return Object.keys(routing.headers).join(',') || 'none'
  if (name === 'auth') return routing.auth.join(',') || 'none'
  return typeof value === 'string' ? `own, ${sizeText(Buffer.byteLength(value))}` : 'none'
}
