import type { TlsPolicy } from '../../router/contract/table.ts'

/** Of the box's own hosts: certificates by themselves, and plain requests sent on once there is one. */
export const AUTOMATIC: TlsPolicy = { mode: 'auto', redirect: true, hstsSeconds: 0 }
