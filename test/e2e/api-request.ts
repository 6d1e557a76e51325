import type { LocalBox } from '../../scripts/local-box.ts'
import { API_PREFIX } from '../../server/contract/paths.ts'

export type SendOptions = {
  token?: string | undefined
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** A request as any program would send it, without the client. */
export function send(
  box: LocalBox,
  method: string,
  path: string,
  { token, body, headers, signal }: SendOptions = {},
): Promise<Response> {
  return fetch(`${box.apiUrl}${API_PREFIX}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
}
