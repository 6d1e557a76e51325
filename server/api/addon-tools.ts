import { serviceNamed } from '../addons/services.ts'
import { toolsOf } from '../addons/tools.ts'
import type { Handlers } from './handler.ts'
import { own } from './own-addon.ts'
import { onePage } from './page.ts'
import type { ApiServices } from './services.ts'

type ToolOperation =
  | 'addons.reports'
  | 'addons.report'
  | 'addons.endSessions'
  | 'addons.changeExtension'
  | 'addons.changeSettings'

export function addonToolHandlers(services: ApiServices): Handlers<ToolOperation> {
  const { activity, addons } = services
  return {
    'addons.reports': ({ app, params }) =>
      onePage([...(serviceNamed(addons.get(app, params.addon).service).tools?.reports ?? [])]),
    'addons.report': async ({ actor, app, params }) => {
      const addon = own(actor, addons.get(app, params.addon), 'app:secrets', services)
      const { tools, access, database } = await toolsOf(addons, addon)
      return await tools.report(access, database, params.report)
    },
    'addons.endSessions': async ({ actor, app, body, params }) => {
      const addon = own(actor, addons.get(app, params.addon), 'app:config', services)
      const { tools, access, database } = await toolsOf(addons, addon)
      const ended = await tools.endSessions(access, database, body)
      activity.record(actor, 'addon.end-sessions', `${addon.name}: ${body.pid ?? 'all'}`, app)
      return { ended }
    },
    'addons.changeExtension': async ({ actor, app, body, params }) => {
      const addon = own(actor, addons.get(app, params.addon), 'app:config', services)
      const { tools, access, database } = await toolsOf(addons, addon)
      await tools.changeExtension(access, database, body.name, body.state)
      activity.record(actor, `addon.extension-${body.state}`, `${addon.name}: ${body.name}`, app)
      return await tools.report(access, database, 'extensions')
    },
    'addons.changeSettings': async ({ actor, app, body, params }) => {
      const addon = own(actor, addons.get(app, params.addon), 'app:config', services)
      const { tools, access, database } = await toolsOf(addons, addon)
      await tools.changeSettings(access, database, body.settings)
      activity.record(actor, 'addon.settings', `${addon.name}: ${Object.keys(body.settings).join(' ')}`, app)
      return await tools.report(access, database, 'settings')
    },
  }
}
