import type { CallInput, Client } from '../server/contract/client.ts'
import type { LogRecord } from '../server/contract/log.ts'
import { mayPass, Patience } from './patience.ts'

type LogQuery = NonNullable<CallInput<'logs.read'>['query']>

/** What may have been written while the box was away. */
const CATCH_UP_LINES = 1500

/**
 * Log records until the signal fires. A server that goes away is asked again from the last record on, so that none is
 * shown twice; only the very first request may fail.
 */
export async function* tailLogs(
  client: Client,
  app: string,
  query: LogQuery,
  options: { signal: AbortSignal; onLost: () => void },
): AsyncGenerator<LogRecord> {
  const patience = new Patience()
  let after = query.after
  let connected = false
  for (;;) {
    const resume = after === undefined ? {} : { after, lines: CATCH_UP_LINES }
    try {
      const records = client.stream('logs.read', { params: { app }, query: { ...query, ...resume, follow: 'true' } })
      for await (const record of records) {
        connected = true
        patience.reset()
        after = record.cursor
        yield record
      }
      connected = true
    } catch (error) {
      if (options.signal.aborted || !connected || !mayPass(error)) throw error
    }
    options.onLost()
    await patience.pause(options.signal)
  }
}
