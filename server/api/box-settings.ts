import type { Handlers } from './handler.ts'
import { routesChanged } from './routes-changed.ts'
import type { ApiServices } from './services.ts'

export function boxSettingsHandlers(services: ApiServices): Handlers<'box.settings' | 'box.update'> {
  const { activity, boxSettings } = services
  const answer = () => ({ settings: boxSettings.get(), defaults: boxSettings.defaults() })
  return {
    'box.settings': answer,
    'box.update': async ({ actor, body }) => {
      const { changed } = boxSettings.update(body)
      if (changed.length > 0) {
        const settings = boxSettings.get()
        const detail = changed
          .map((name) => (name === 'certificates' ? name : `${name}=${JSON.stringify(settings[name])}`))
          .join(', ')
        activity.record(actor, 'box.update', detail)
        await routesChanged(services)
      }
      return answer()
    },
  }
}
