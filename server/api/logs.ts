import type { Handlers } from './handler.ts'
import type { ApiServices } from './services.ts'

export function logHandlers({ logs }: ApiServices): Handlers<'logs.read'> {
  return {
    'logs.read': ({ app, query, signal, lastEventId }) => {
      const after = query.after ?? lastEventId
      return logs.read(app.id, {
        lines: query.lines,
        follow: query.follow === 'true',
        signal,
        ...(query.process !== undefined && { process: query.process }),
        ...(query.source !== undefined && { source: query.source }),
        ...(after !== undefined && { after }),
        ...(query.since !== undefined && { since: new Date(query.since) }),
        ...(query.before !== undefined && { before: query.before }),
      })
    },
  }
}
