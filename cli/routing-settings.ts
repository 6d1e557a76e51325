import type { Routing } from '../server/contract/routing.ts'
import { ROUTING_FORMS } from '../server/contract/routing-forms.ts'
import { settingKey } from '../server/contract/setting-forms.ts'
import { sizeText } from './size.ts'

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
