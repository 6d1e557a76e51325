import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Request, Response } from 'express'
import type { z } from 'zod'

/** A line that means nothing, so that proxies do not take a quiet stream for a dead one. */
const HEARTBEAT_MS = 15_000
/** An error that comes within this time can still be an answer with a status. */
const OPENING_MS = 50

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

type StreamOptions = { schema: z.ZodType; signal: AbortSignal; heartbeatMs?: number }

/**
 * Sends values as they come: server-sent events to browsers, NDJSON to everybody else. Goes no faster than the client
 * reads, and ends with the values, the client or the signal.
 */
export async function sendStream(
  request: Request,
  response: Response,
  values: AsyncIterable<unknown>,
  { schema, signal, heartbeatMs = HEARTBEAT_MS }: StreamOptions,
): Promise<void> {
  const format =
    request.accepts(['application/x-ndjson', 'text/event-stream']) === 'text/event-stream' ? EVENTS : NDJSON
  const source = values[Symbol.asyncIterator]()
  let next = source.next()
  await Promise.race([next, delay(OPENING_MS, undefined, { ref: false })])
  response.set({ 'Content-Type': format.type, 'X-Accel-Buffering': 'no' }).flushHeaders()
  const heartbeat = setInterval(() => response.write(format.heartbeat), heartbeatMs)
  try {
    for (let step = await next; !step.done; step = await next) {
      if (!response.write(format.text(schema.parse(step.value)))) await once(response, 'drain', { signal })
      if (signal.aborted) break
      next = source.next()
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    clearInterval(heartbeat)
    await source.return?.()
    response.end()
  }
}

/** Browsers send the last id back when they connect again. */
function idLine(value: unknown): string {
  if (typeof value !== 'object' || value === null) return ''
  const id = 'cursor' in value ? value.cursor : 'n' in value ? value.n : undefined
  return id === undefined ? '' : `id: ${id}\n`
}
