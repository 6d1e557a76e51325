/** The parts of node's TCP handles that are used here. They are no public API: `findHandles` looks whether all are there. */
export type TcpHandle = {
  onread: () => Buffer | undefined
  readonly writeQueueSize: number
  useUserBuffer(buffer: Buffer): void
  readStart(): number
  readStop(): number
  writeLatin1String(request: object, text: string): number
  writeBuffer(request: object, bytes: Uint8Array): number
  shutdown(request: object): number
  connect(request: object, address: string, port: number): number
  connect6(request: object, address: string, port: number): number
  getpeername(name: { address?: string }): number
  setNoDelay(on: boolean): number
  close(closed: () => void): void
  reset(closed: () => void): number
}

/** What node calls when a write, a shutdown or a connect is over. */
export type HandleRequest = { oncomplete: (status: number) => void }

export type Handles = {
  TCP: new (kind: number) => TcpHandle
  SOCKET: number
  ConnectRequest: new () => HandleRequest
  WriteRequest: new () => HandleRequest
  ShutdownRequest: new () => HandleRequest
  /** Node leaves the outcome of the last call here. */
  state: Int32Array
  READ_BYTES_OR_ERROR: number
  LAST_WRITE_WAS_ASYNC: number
}

const METHODS = ['useUserBuffer', 'readStart', 'readStop', 'writeLatin1String', 'writeBuffer', 'shutdown', 'connect']
const MORE_METHODS = ['connect6', 'getpeername', 'setNoDelay', 'close', 'reset']

type Bindings = { binding?: (name: string) => Record<string, unknown> }

/** Null when this node keeps any of it elsewhere. */
export function findHandles(): Handles | null {
  try {
    const { binding } = process as unknown as Bindings
    const tcp = binding?.('tcp_wrap')
    const stream = binding?.('stream_wrap')
    if (!tcp || !stream) return null
    const handles = {
      TCP: tcp['TCP'],
      SOCKET: (tcp['constants'] as Record<string, unknown>)['SOCKET'],
      ConnectRequest: tcp['TCPConnectWrap'],
      WriteRequest: stream['WriteWrap'],
      ShutdownRequest: stream['ShutdownWrap'],
      state: stream['streamBaseState'],
      READ_BYTES_OR_ERROR: stream['kReadBytesOrError'],
      LAST_WRITE_WAS_ASYNC: stream['kLastWriteWasAsync'],
    }
    return isWhole(handles) ? (handles as Handles) : null
  } catch {
    return null
  }
}

function isWhole(found: Record<keyof Handles, unknown>): boolean {
  const { TCP, ConnectRequest, WriteRequest, ShutdownRequest } = found
  const classes = [TCP, ConnectRequest, WriteRequest, ShutdownRequest]
  const numbers = [found.SOCKET, found.READ_BYTES_OR_ERROR, found.LAST_WRITE_WAS_ASYNC]
  if (!classes.every((part) => typeof part === 'function') || !numbers.every(Number.isInteger)) return false
  const { prototype } = TCP as { prototype: Record<string, unknown> }
  const callable = [...METHODS, ...MORE_METHODS].every((name) => typeof prototype[name] === 'function')
  return callable && 'onread' in prototype && 'writeQueueSize' in prototype && found.state instanceof Int32Array
}
