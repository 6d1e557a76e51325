import type { Readable } from 'node:stream'
import type { Base, ServerAccess, Span } from '../addon-service.ts'
import { outputOf } from '../piped-output.ts'
import { segmentOf } from './segments.ts'
import { besideServer, session } from './session.ts'

/** What belongs to it otherwise lies in the archive, for which the server waits at the end. Page checksums are looked at. */
const OPTIONS = '--pgdata=- --format=tar --wal-method=none --checkpoint=fast --no-password'
const SIZE = 'SELECT sum(pg_database_size(oid)) AS bytes FROM pg_database'
/** The manifest is the last file of the tar, and this the last but one line of it. */
const TAIL_BYTES = 16 * 1024
const RANGE = /"Timeline": (\d+), "Start-LSN": "([0-9A-F]+\/[0-9A-F]+)", "End-LSN": "([0-9A-F]+\/[0-9A-F]+)"/

/** One tar of all files of the server. */
export async function baseBackup(access: ServerAccess, signal: AbortSignal): Promise<Base> {
  const size = await session(access, 'postgres', (client) => client.query<{ bytes: string }>(SIZE))
  const pipe = await access.pipe(besideServer('pg_basebackup', OPTIONS))
  pipe.stdin.end()
  const stream = outputOf(pipe, 'pg_basebackup', signal)
  return { stream, span: spanOf(stream), expectedBytes: Number(size.rows[0]?.bytes) }
}

/** It rejects as the stream does. */
function spanOf(stream: Readable): Promise<Span> {
  const span = Promise.withResolvers<Span>()
  let tail = Buffer.alloc(0)
  stream.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES)
  })
  // Whoever takes the stream lets it flow.
  stream.pause()
  stream.once('error', span.reject)
  stream.once('end', () => {
    const [, timeline = '', start = '', end = ''] = RANGE.exec(tail.toString('latin1')) ?? []
    if (start === '') return span.reject(new Error('the manifest of the base does not say which changes belong to it'))
    span.resolve({ from: segmentOf(Number(timeline), start), to: segmentOf(Number(timeline), end) })
  })
  span.promise.catch(() => {})
  return span.promise
}
