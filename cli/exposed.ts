import type { Addon } from '../server/contract/addon.ts'

/** `127.0.0.1:41873`, or with what the URL begins with there: `rediss://0.0.0.0:41873`. */
export function exposedAt({ address, port, scheme }: NonNullable<Addon['exposed']>): string {
  return `${scheme === null ? '' : `${scheme}://`}${address}:${port}`
}
