import { once } from 'node:events'
import type { Request, Response } from 'express'
import type { z } from 'zod'

/** A line that means nothing, so that proxies do not take a quiet stream for a dead one. */
const HEARTBEAT_MS = 15_000

type Format = { type: string; heartbeat: string; text: (value: unknown) => string }

const NDJSON: Format = {
  type: 'application/x-ndjson; charset=utf-8',
  heartbeat: '\n',
  text: (value) => `${JSON.stringify(value)}\n`,
}
const EVENTS: Format = {
  type: 'text/event-stream; charset=utf-8',
  heartbeat: ': still here\n\n',
  text: (value) => `${idLine(value)}data: ${JSON.stringify(value)}\n\n`,
}

/**
 * Sends values as they come: server-sent events to browsers, NDJSON to everybody else. Goes no faster than the client
 * reads, and ends with the values, the client or the signal.
 */
export async function sendStream(
  request: Request,
  response: Response,
  values: AsyncIterable<unknown>,
  options: { schema: z.ZodType; signal: AbortSignal },
): Promise<void> {
  const format =
    request.accepts(['application/x-ndjson', 'text/event-stream']) === 'text/event-stream' ? EVENTS : NDJSON
  response.set({ 'Content-Type': format.type, 'X-Accel-Buffering': 'no' }).flushHeaders()
  const heartbeat = setInterval(() => response.write(format.heartbeat), HEARTBEAT_MS)
  try {
    for await (const value of values) {
      if (!response.write(format.text(options.schema.parse(value))))
        await once(response, 'drain', { signal: options.signal })
    }
  } catch (error) {
    if (!options.signal.aborted) throw error
  } finally {
    clearInterval(heartbeat)
    response.end()
  }
}

/** Browsers send the last id back when they connect again. */
function idLine(value: unknown): string {
  if (typeof value !== 'object' || value === null) return ''
  const id = 'cursor' in value ? value.cursor : 'n' in value ? value.n : undefined
  return id === undefined ? '' : `id: ${id}\n`
}
