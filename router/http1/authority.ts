const REG_NAME = /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i
const IPV6 = /^\[[0-9a-f:.]+\]$/i
const LONGEST_HOST = 253

/** The host of a Host header for routing: lower case, no port, no trailing dot. Null: not a host name. */
export function routingHost(authority: string): string | null {
  const bare = authority.replace(/:\d{0,5}$/, '')
  if (IPV6.test(bare)) return bare.toLowerCase()
  const host = bare.endsWith('.') ? bare.slice(0, -1) : bare
  if (host.length > LONGEST_HOST || !REG_NAME.test(host) || host.includes('..')) return null
  return host.toLowerCase()
}
