/** RFC 9113 section 6. */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const FLAG = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 } as const

/** RFC 9113 section 7. */
export const CODE = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const
export type Code = (typeof CODE)[keyof typeof CODE]

/** RFC 9113 section 6.5.2. */
export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const

/** Sent by a client before its first frame (section 3.4). */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
export const FRAME_HEADER_BYTES = 9
/** The smallest that a peer can limit us to, and what we limit it to. */
export const LARGEST_PAYLOAD = 16_384
/** A window before the first SETTINGS, and the largest there is (section 6.9). */
export const DEFAULT_WINDOW = 65_535
export const LARGEST_WINDOW = 2 ** 31 - 1
export const LARGEST_STREAM_ID = 2 ** 31 - 1
