/** git's framing: four hexadecimal digits of length, themselves included, then the data (gitprotocol-common). */
export const PKT_HEADER_BYTES = 4
export const PKT_MAX_BYTES = 65_520

export function pktLine(data: string | Uint8Array): Buffer {
  const body = Buffer.from(data)
  const length = body.length + PKT_HEADER_BYTES
  if (length > PKT_MAX_BYTES) throw new RangeError(`a pkt-line holds at most ${PKT_MAX_BYTES} bytes`)
  return Buffer.concat([Buffer.from(length.toString(16).padStart(PKT_HEADER_BYTES, '0')), body])
}

/** Instead of refs: the client shows it as `fatal: remote error: ...` and says nothing misleading after it. */
export function errorPacket(text: string): Buffer {
  return pktLine(`ERR ${text}`)
}

/** Band 2 of the side band: the client shows each line behind `remote: `. */
export function progressPacket(text: string): Buffer {
  return pktLine(`\u0002${text}\n`)
}
