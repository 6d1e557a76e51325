import type { Handlers } from './handler.ts'
import { onePage } from './page.ts'
import type { ApiServices } from './services.ts'

/** The router tells of those that it orders itself; of one's own, which no row is written for, is told here. */
export function certificateHandlers({
  activity,
  certificates,
  changes,
}: ApiServices): Handlers<'certs.all' | 'certs.list' | 'certs.add' | 'certs.remove' | 'domains.check'> {
  return {
    'certs.all': async () => onePage(await certificates.all()),
    'certs.list': async ({ app }) => onePage(await certificates.list(app)),
    'certs.add': async ({ actor, app, body }) => {
      const added = await certificates.put(app, body)
      activity.record(actor, 'certificate.add', added.names.join(', '), app)
      changes.tell(app.id, 'certificates')
      return added
    },
    'certs.remove': async ({ actor, app }) => {
      await certificates.remove(app)
      activity.record(actor, 'certificate.remove', app.name, app)
      changes.tell(app.id, 'certificates')
      return null
    },
    'domains.check': ({ app, params }) => certificates.check(app, params.host),
  }
}
