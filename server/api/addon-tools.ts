import { serviceNamed } from '../addons/services.ts'
import { toolsOf } from '../addons/tools.ts'
import type { Permission } from '../contract/route.ts'
import type { Call, Handlers } from './handler.ts'
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
    'addons.report': async (call) => {
      const { tools, access, database } = await toolsOf(addons, own(call, 'app:secrets', services))
      return await tools.report(access, database, call.params.report)
    },
    'addons.endSessions': async (call) => {
      const { actor, app, body } = call
      const addon = own(call, 'app:config', services)
      const { tools, access, database } = await toolsOf(addons, addon)
      const ended = await tools.endSessions(access, database, body)
      activity.record(actor, 'addon.end-sessions', `${addon.name}: ${body.pid ?? 'all'}`, app)
      return { ended }
    },
    'addons.changeExtension': async (call) => {
      const { actor, app, body } = call
      const addon = own(call, 'app:config', services)
      const { tools, access, database } = await toolsOf(addons, addon)
      await tools.changeExtension(access, database, body.name, body.state)
      activity.record(actor, `addon.extension-${body.state}`, `${addon.name}: ${body.name}`, app)
      return await tools.report(access, database, 'extensions')
    },
    'addons.changeSettings': async (call) => {
      const { actor, app, body } = call
      const addon = own(call, 'app:config', services)
      const { tools, access, database } = await toolsOf(addons, addon)
      await tools.changeSettings(access, database, body.settings)
      activity.record(actor, 'addon.settings', `${addon.name}: ${Object.keys(body.settings).join(' ')}`, app)
      return await tools.report(access, database, 'settings')
    },
  }
}

type Asked = Call<'addons.report'> | Call<'addons.endSessions'> | Call<'addons.changeExtension'>

/** What other apps do in it is theirs: whoever asks must have the right in the app that owns it. */
function own(
  { actor, app, params }: Pick<Asked, 'actor' | 'app' | 'params'>,
  permission: Permission,
  services: ApiServices,
) {
  const addon = services.addons.get(app, params.addon)
  services.access.require(actor, permission, services.apps.findById(addon.appId))
  return addon
}
