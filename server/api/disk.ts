import type { Handlers } from './handler.ts'
import type { ApiServices } from './services.ts'

type DiskOperation = 'disk.usage' | 'disk.update' | 'disk.plan' | 'disk.collect'

export function diskHandlers({ activity, disk, diskSettings }: ApiServices): Handlers<DiskOperation> {
  return {
    'disk.usage': () => disk.usage(),
    'disk.update': async ({ actor, body }) => {
      const { changed } = diskSettings.update(body)
      const settings = diskSettings.get()
      if (changed.length > 0) {
        activity.record(actor, 'disk.update', changed.map((name) => `${name}=${settings[name]}`).join(', '))
      }
      return disk.usage()
    },
    'disk.plan': () => disk.plan(),
    'disk.collect': async ({ actor }) => {
      const collected = await disk.collect()
      activity.record(actor, 'disk.collect', `${collected.removed.length} removed`)
      return collected
    },
  }
}
