import type { AddonRecord } from '../addons/addon-records.ts'
import type { TransferRecord } from '../addons/transfers/transfer-records.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { Permission } from '../contract/route.ts'
import type { Transfer } from '../contract/transfer.ts'
import type { Call, Handlers } from './handler.ts'
import { own } from './own-addon.ts'
import { onePage } from './page.ts'
import type { ApiServices } from './services.ts'

type TransferOperation =
  | `transfers.${'list' | 'info'}`
  | `addons.${'export' | 'import' | 'importFrom' | 'copy' | 'fork'}`

export function transferHandlers(services: ApiServices): Handlers<TransferOperation> {
  const { activity, addons, apps, transfers } = services
  const view = (app: AppRecord, record: TransferRecord) => transferView(app, record, transfers.progress(record))
  const ownNamed = ({ actor, app }: Pick<Call<'addons.copy'>, 'actor' | 'app'>, name: string, permission: Permission) =>
    own(actor, addons.get(app, name), permission, services)
  return {
    'transfers.list': ({ app }) => onePage(transfers.list(app).map((record) => view(app, record))),
    'transfers.info': ({ app, params }) => view(app, transfers.get(app, params.transfer)),
    'addons.export': async (call) => {
      const { actor, app, params, query, signal } = call
      const addon = ownNamed(call, params.addon, 'app:secrets')
      const { name, stream } = await transfers.export(addon, query.form ?? 'custom', signal)
      activity.record(actor, 'addon.export', addon.name, app)
      return { name, bytes: null, stream }
    },
    'addons.import': async (call) => {
      const { actor, app, params, query, content, signal } = call
      const addon = ownNamed(call, params.addon, 'app:config')
      return view(app, await transfers.importFile(actor, app, addon, { content, confirm: query.confirm, signal }))
    },
    'addons.importFrom': async (call) => {
      const { actor, app, params, body } = call
      const addon = ownNamed(call, params.addon, 'app:config')
      return view(app, await transfers.importFrom(actor, app, addon, body.url, body.confirm))
    },
    'addons.copy': async (call) => {
      const { actor, app, params, body } = call
      const source = ownNamed(call, params.addon, 'app:secrets')
      const target = ownNamed(call, body.to, 'app:config')
      return view(app, await transfers.copy(actor, app, source, target, body.confirm))
    },
    'addons.fork': (call) => {
      const { actor, app, params, body } = call
      const source = ownNamed(call, params.addon, 'app:secrets')
      return view(app, transfers.fork(actor, ownerOf(source, app), source, body))
    },
  }

  function ownerOf({ appId }: AddonRecord, app: AppRecord): AppRecord {
    return apps.findById(appId) ?? app
  }
}

function transferView(
  app: AppRecord,
  record: TransferRecord,
  progress: { step: string; bytes: number } | undefined,
): Transfer {
  const { id, name, kind, source, target, backup, state, why, createdAt, endedAt } = record
  return {
    ...{ id, name, app: app.name, kind, source, addon: target, backup, state, why },
    step: progress?.step ?? null,
    bytes: progress?.bytes ?? record.bytes,
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  }
}
