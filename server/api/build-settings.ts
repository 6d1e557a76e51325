import { BUILD_DEFAULTS } from '../contract/build-settings.ts'
import type { Handlers } from './handler.ts'
import type { ApiServices } from './services.ts'

type BuildSettingsOperation = 'build.settings' | 'build.update'

export function buildSettingsHandlers({ activity, buildSettings }: ApiServices): Handlers<BuildSettingsOperation> {
  return {
    'build.settings': ({ app }) => ({ settings: buildSettings.get(app.id), defaults: BUILD_DEFAULTS }),
    'build.update': ({ actor, app, body }) => {
      const { changed } = buildSettings.update(app, body)
      if (changed.length > 0) activity.record(actor, 'build.update', changed.join(', '), app)
      return { settings: buildSettings.get(app.id), defaults: BUILD_DEFAULTS }
    },
  }
}
