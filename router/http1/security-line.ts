import type { TlsPolicy } from '../contract/table.ts'

/** Strict-Transport-Security (RFC 6797), said over TLS alone. The app's own stands before it, and then counts. */
export function addSecurityLine(to: { lines?: string }, policy: TlsPolicy | undefined): void {
  const seconds = policy?.hstsSeconds ?? 0
  if (seconds > 0) to.lines = `Strict-Transport-Security: max-age=${seconds}\r\n`
}
