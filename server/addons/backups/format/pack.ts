import { pipeline as pipe, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import { PaasError } from '../../../errors.ts'
import { sealFileKey } from './age-header.ts'
import { open, seal } from './age-payload.ts'
import { Compression } from './compression.ts'
import { Meter, type Sum } from './meter.ts'

/** Fewer and larger pieces: each costs a turn of the event loop. */
const PIECE_BYTES = 256 * 1024

export type Packed = { plain: Sum; stored: Sum }

type Packing = {
  recipient: string
  /** Takes the whole of it, or throws and leaves nothing. */
  put: (bytes: AsyncIterable<Uint8Array>) => Promise<void>
  signal: AbortSignal
  /** Plain bytes so far. */
  onProgress?: (bytes: number) => void
}

/** Compressed, sealed and put away as it comes: `age -d FILE | zstd -d` gives the plain bytes again. */
export async function pack(from: Readable, { recipient, put, signal, onProgress }: Packing): Promise<Packed> {
  const plain = new Meter()
  const stored = new Meter()
  const fileKey = await sealFileKey(recipient)
  const compression = new Compression((piece) => {
    plain.take(piece)
    onProgress?.(plain.bytes)
  })
  await pipeline(from, compression, (bytes: AsyncIterable<Uint8Array>) => stored.pass(seal(bytes, fileKey)), put, {
    signal,
  })
  return { plain: plain.sum(), stored: stored.sum() }
}

/** The plain bytes of a stored backup, as a stream that ends with an error when anything of it is not what was written. */
export function unpack(from: Readable, identity: string, expected?: Packed): Readable {
  const plain = new Meter()
  const stored = new Meter()
  const checked = async function* (bytes: AsyncIterable<Uint8Array>) {
    yield* plain.pass(bytes)
    if (!expected) return
    refuseOther('stored', expected.stored, stored.sum())
    refuseOther('plain', expected.plain, plain.sum())
  }
  const opened = pipe(
    from,
    (bytes: AsyncIterable<Uint8Array>) => open(stored.pass(bytes), identity),
    createZstdDecompress({ chunkSize: PIECE_BYTES }),
    checked,
    // Whoever reads it hears of the error.
    () => {},
  )
  return opened as unknown as Readable
}

function refuseOther(what: string, expected: Sum, found: Sum): void {
  if (expected.bytes === found.bytes && expected.sha256 === found.sha256) return
  const message = `The backup is another one than was written: ${expected.bytes} ${what} bytes with SHA-256 ${expected.sha256}, found ${found.bytes} with ${found.sha256}.`
  throw new PaasError('failed', 'backup.damaged', message, {
    fix: 'Restore another backup, or another copy of this one.',
  })
}
