import type { ConnectionOwner } from './connection.ts'

/** Owns connections that nobody has taken yet. */
export const NOBODY: ConnectionOwner = {
  onData: () => {},
  onEnd: () => {},
  onDrain: () => {},
  onClose: () => {},
}
