/**
 * One connection of bytes, as the data plane sees it. Who accepts connections (the plain listener here, a TLS listener
 * in router/tls/) wraps each one in a Connection and hands it over with `DataPlane.accept(connection)`; from then on
 * the data plane owns it: it sets `owner`, reads, writes and closes. A listener of streams needs no class of its own:
 * `new StreamConnection(socket, { secure: { servername }, alpn })` takes a net.Socket or, after its handshake, a
 * tls.TLSSocket; nothing of it may have been read, and no other `data`, `end`, `error` or `close` logic may stay on it.
 */
export interface Connection {
  /** Whoever gets the news; the connection does not read before `resume()` is called for the first time. */
  owner: ConnectionOwner
  /** The peer's address as text, IPv4 in its short form (`127.0.0.1`, never `::ffff:127.0.0.1`). */
  readonly remoteAddress: string
  readonly localPort: number
  /** Present when TLS protects it; the name is what the client asked for by SNI, in lower case, or empty without SNI. */
  readonly secure: Secure | null
  /** The protocol agreed by ALPN (RFC 7301): `h2` or `http/1.1`; null when there was no such agreement. */
  readonly alpn: string | null
  /**
   * True while the bytes given to `onData` lie in memory shared with other connections: they are valid during the call
   * only, and must be copied even to be written. After `readLarge` (and always on streams) they may be written as they
   * are, if reading pauses until the write is through.
   */
  readonly borrowed: boolean
  /** True where what is written is free again when `write` returns, whatever it returns, as it is encrypted by then. */
  readonly copies?: boolean
  /** Bytes accepted for sending which the kernel has not taken yet. 0: every buffer ever written may be used again. */
  readonly pending: number
  readonly closed: boolean
  /** Sends latin1 text. False: the kernel did not take it all at once, and `onDrain` follows when it has. */
  writeText(text: string): boolean
  /** Sends bytes. False: they must not be changed until `onDrain`. */
  write(bytes: Uint8Array): boolean
  /** The reads after the next go into a large buffer of this connection's own: a long body follows. */
  readLarge(): void
  /** Back to the shared buffer. `inFlight`: a write of bytes read here is not through, so the large one must be left to it. */
  readShared(inFlight: boolean): void
  /** No more `onData` after this, except for what a TLS record in work has already decrypted. */
  pause(): void
  resume(): void
  /** Sends what is pending, then the end of our side (FIN, close_notify); reading goes on. */
  end(): void
  /** Sends what is pending and closes. */
  endAndClose(): void
  /** Closes at once, also in the middle of a message. `onClose` follows. */
  close(): void
  /** Closes with a reset, so that the peer cannot take what it has for a complete message. */
  reset(): void
}

export type Secure = { servername: string }

/** Never throws. After `onClose` nothing more is called. */
export interface ConnectionOwner {
  /** `bytes` from `start` (included) to `end` (excluded) have arrived. May come after `pause()` on TLS. */
  onData(bytes: Buffer, start: number, end: number): void
  /** The peer has ended its side. */
  onEnd(): void
  /** What was pending has gone out. Comes only after a write that returned false. */
  onDrain(): void
  /** The connection is gone; `error` holds the system's reason, or null when it was closed in order. */
  onClose(error: Error | null): void
}

/** `::ffff:192.0.2.1` is how a socket for both families shows an IPv4 address (RFC 4291 section 2.5.5.2). */
export function shortAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.startsWith('::ffff:') ? address.slice(7) : address
}
