import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Response } from 'express'

/** A file for whoever asked; `bytes` is null where it is not known beforehand. */
export type Download = { name: string; bytes: number | null; stream: Readable }

const NAME = /^[A-Za-z0-9._-]{1,200}$/

/**
 * Goes no faster than the client reads. What breaks off in the middle breaks the connection, too: a file that is short of its
 * length, or of its last chunk, is none.
 */
export async function sendDownload(
  response: Response,
  { name, bytes, stream }: Download,
  signal: AbortSignal,
): Promise<void> {
  response.set({
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': `attachment; filename="${NAME.test(name) ? name : 'download'}"`,
    'X-Accel-Buffering': 'no',
    ...(bytes !== null && { 'Content-Length': String(bytes) }),
  })
  try {
    await pipeline(stream, response, { signal })
  } catch (error) {
    if (!response.headersSent) throw error
    response.destroy()
  }
}
