import { LONGEST_HEAD } from '../http1/request-head.ts'
import { DEFAULT_WINDOW, FRAME, FRAME_HEADER_BYTES, SETTING } from './frames.ts'
import { CONNECTION_WINDOW_BYTES } from './requests.ts'
import { MOST_STREAMS } from './streams.ts'
import { STREAM_WINDOW_BYTES } from './virtual-connection.ts'

const SETTINGS = [
  [SETTING.maxConcurrentStreams, MOST_STREAMS],
  [SETTING.initialWindowSize, STREAM_WINDOW_BYTES],
  [SETTING.maxHeaderListSize, LONGEST_HEAD],
] as const

/** What we send first on every connection (RFC 9113 section 3.4): our SETTINGS, and the window of the connection. */
export const GREETING = Buffer.concat([
  header(FRAME.settings, SETTINGS.length * 6),
  ...SETTINGS.flatMap(([setting, value]) => [Buffer.from([0, setting]), number(value)]),
  header(FRAME.windowUpdate, 4),
  number(CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW),
])

/** Of a frame on stream 0 without flags. */
function header(type: number, length: number): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES)
  bytes[2] = length
  bytes[3] = type
  return bytes
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
