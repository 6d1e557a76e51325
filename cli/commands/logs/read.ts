import type { LogRecord } from '../../../server/contract/log.ts'
import { defineCommand, flag, value } from '../../command.ts'
import type { Context } from '../../context.ts'
import { logLine } from '../../log-line.ts'
import { tailLogs } from '../../log-tail.ts'
import { wholeNumber } from '../../numbers.ts'

const LINES = { min: 0, max: 1500 }
const SOURCES = ['app', 'paas'] as const

export const command = defineCommand({
  about: 'show the last log lines of an app, or follow its log',
  ofApp: true,
  options: {
    tail: flag('-t, --tail', 'go on with what comes; Ctrl-C ends it'),
    num: value('-n, --num <N>', 'how many lines, at most 1500 (default: 100)'),
    process: value('-p, --process <NAME>', 'only of web, web.1, router, ...'),
    source: value('-s, --source <SOURCE>', 'only of the app, or of the platform', SOURCES),
  },
  examples: [
    { run: 'paas logs -a shop -n 1', shows: ['2026-10-31T23:31:16.677020+00:00 app[web.1]: listening on 5000'] },
    { run: 'paas logs -t -p web -a shop' },
    { run: 'paas logs -t --json | jq .text' },
  ],
  async run(context, { options }) {
    const query = {
      lines: wholeNumber('-n', options.num ?? '100', LINES),
      ...(options.process ? { process: options.process } : {}),
      ...(options.source ? { source: options.source as (typeof SOURCES)[number] } : {}),
    }
    const { app, client } = await context.app()
    const records = options.tail
      ? tailLogs(client, app, query, { signal: context.signal, onLost: tellOnce(context) })
      : client.stream('logs.read', { params: { app }, query })
    for await (const record of records) write(context, record)
  },
})

function write(context: Context, record: LogRecord): void {
  if (context.json) context.print(record)
  else context.out.line(logLine(record, context.out))
}

/** Half a minute of silence apart at least, because an idle stream may be cut again and again. */
function tellOnce({ err }: Context): () => void {
  let last = 0
  return () => {
    if (Date.now() - last < 30_000) return
    last = Date.now()
    err.line(err.style('dim', 'The connection was lost; going on where it ended.'))
  }
}
