/** Smaller bodies would not gain, the lines that come with it included. */
const LEAST_BYTES = 1_024
const TYPE =
  /^(text\/(?!event-stream)|application\/(.+\+)?(json|xml)\b|application\/(javascript|x-javascript|ecmascript|wasm|x-ndjson|ld\+json|graphql|rtf|x-sh|x-httpd-php|vnd\.ms-fontobject)\b|image\/(svg\+xml|bmp|x-icon|vnd\.microsoft\.icon)\b|font\/(ttf|otf|collection)\b)/i
export const NOT_MODIFIED = 304
/** What these say is true of the bytes as they are. */
export const BYTE_TRUE = ['content-digest', 'repr-digest', 'digest', 'content-md5', 'content-range'] as const

/** What of an answer decides whether it may be compressed. */
export type AnswerTraits = {
  status: number
  /** Of the body; -1: not announced. */
  contentLength: number
  type: string | undefined
  encoding: string | undefined
  cacheControl: string | undefined
  /** One of BYTE_TRUE is there. */
  byteTrue: boolean
}

/**
 * Whether an answer is the kind that compression makes smaller without changing what it means. 304 is asked of the answer
 * that it stands for, and mostly does not say of which type that was: then it may have been.
 */
export function isCompressible({
  status,
  contentLength,
  type,
  encoding,
  cacheControl,
  byteTrue,
}: AnswerTraits): boolean {
  if (status < 200 || status === 204 || status === 206) return false
  if (contentLength !== -1 && contentLength < LEAST_BYTES) return false
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return false
  // RFC 9111 section 5.2.2.6.
  if (cacheControl?.toLowerCase().includes('no-transform') || byteTrue) return false
  return type === undefined ? status === NOT_MODIFIED : TYPE.test(type)
}
