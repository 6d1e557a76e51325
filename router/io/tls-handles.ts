import { findHandles, type Handles, type TcpHandle } from './handles.ts'

/** An accepted connection; `above` keeps what stands on it alive. */
export type LowerHandle = TcpHandle & { above?: unknown }

/** The parts of node's TLS handles that are used here; each encrypts at once what is written, one write at a time. */
export type TlsHandle = Pick<
  TcpHandle,
  'useUserBuffer' | 'readStart' | 'readStop' | 'writeLatin1String' | 'writeBuffer' | 'shutdown'
> & {
  /** Whoever hears of it. */
  owner?: unknown
  onread: (this: TlsHandle) => undefined
  onhandshakestart: () => void
  onhandshakedone: (this: TlsHandle) => void
  oncertcb: (this: TlsHandle, hello: { servername: string | null }) => void
  onerror: (this: TlsHandle, error: Error) => void
  sni_context?: object
  enableCertCb(): void
  certCbDone(): void
  setALPNProtocols(protocols: Uint8Array): void
  getServername(): string | false | undefined
  getALPNNegotiatedProtocol(): string | false
  isSessionReused(): boolean
  destroySSL(): void
}

/** A write or a shutdown under way. */
export type TlsRequest = { oncomplete: (this: TlsRequest, status: number) => void; owner?: unknown }

export type TlsHandles = Omit<Handles, 'WriteRequest' | 'ShutdownRequest'> & {
  WriteRequest: new () => TlsRequest
  ShutdownRequest: new () => TlsRequest
  wrap(tcp: TcpHandle, context: object, isServer: boolean, hasActiveWrite: boolean): TlsHandle
}

const METHODS = ['useUserBuffer', 'readStart', 'readStop', 'writeLatin1String', 'writeBuffer', 'shutdown', 'destroySSL']
const HANDSHAKE_METHODS = ['enableCertCb', 'certCbDone', 'setALPNProtocols', 'isSessionReused', 'getServername']

/** Null when this node keeps any of it elsewhere. */
export function findTlsHandles(): TlsHandles | null {
  try {
    const handles = findHandles()
    const { binding } = process as unknown as { binding(name: string): Record<string, unknown> }
    const { wrap, TLSWrap } = binding('tls_wrap')
    const { prototype } = TLSWrap as { prototype: Record<string, unknown> }
    const callable = [...METHODS, ...HANDSHAKE_METHODS].every((name) => typeof prototype[name] === 'function')
    if (!handles || typeof wrap !== 'function' || !callable) return null
    return { ...(handles as unknown as TlsHandles), wrap: wrap as TlsHandles['wrap'] }
  } catch {
    return null
  }
}
