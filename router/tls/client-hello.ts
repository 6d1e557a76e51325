/** What a TLS client says first (RFC 8446 section 4.1.2), as far as certificates are concerned. */
export type ClientHello = { servername: string; protocols: string[] }

const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const ALPN = 16
/** Of record type, version and length. */
const RECORD_HEAD = 5

/** `more` while the first record has not come in whole; null when it is no hello. */
export function readClientHello(bytes: Buffer): ClientHello | 'more' | null {
  if (bytes.length > 0 && bytes[0] !== HANDSHAKE) return null
  if (bytes.length < RECORD_HEAD) return 'more'
  const end = RECORD_HEAD + bytes.readUInt16BE(3)
  if (bytes.length < end) return 'more'
  try {
    return readBody(new Reader(bytes.subarray(RECORD_HEAD, end)))
  } catch {
    return null
  }
}

function readBody(reader: Reader): ClientHello | null {
  if (reader.number(1) !== CLIENT_HELLO) return null
  reader.skip(3 + 2 + 32)
  reader.part(1)
  reader.part(2)
  reader.part(1)
  const hello: ClientHello = { servername: '', protocols: [] }
  const extensions = reader.part(2)
  while (!extensions.done) {
    const type = extensions.number(2)
    const content = extensions.part(2)
    if (type === SERVER_NAME) hello.servername = readServerName(content)
    if (type === ALPN) hello.protocols = readProtocols(content)
  }
  return hello
}

function readServerName(content: Reader): string {
  const list = content.part(2)
  list.skip(1)
  return list.part(2).text().toLowerCase()
}

function readProtocols(content: Reader): string[] {
  const list = content.part(2)
  const protocols: string[] = []
  while (!list.done) protocols.push(list.part(1).text())
  return protocols
}

/** Numbers and length-prefixed parts, in order; throws past the end. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  number(size: number): number {
    const value = this.#bytes.readUIntBE(this.#at, size)
    this.#at += size
    return value
  }

  skip(count: number): void {
    this.#at += count
  }

  part(lengthSize: number): Reader {
    const length = this.number(lengthSize)
    const start = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) throw new RangeError('cut short')
    return new Reader(this.#bytes.subarray(start, this.#at))
  }

  text(): string {
    return this.#bytes.toString('latin1')
  }
}
