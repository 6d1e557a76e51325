import type { AddonRecord } from '../addons/addon-records.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { RestoreMoment } from '../contract/archive.ts'
import type { Permission } from '../contract/route.ts'
import type { Actor } from '../people/actor.ts'
import type { Handlers } from './handler.ts'
import type { ApiServices } from './services.ts'

type ArchiveOperation = `archives.${'info' | 'on' | 'off' | 'restore'}`

export function archiveHandlers(services: ApiServices): Handlers<ArchiveOperation> {
  const { addons, archives, archiveViews, backupViews } = services
  const view = (addon: AddonRecord) => archiveViews.of(addon, addons.server(addon))
  return {
    'archives.info': ({ actor, app, params }) => view(own(actor, app, params.addon, 'app:view', services).addon),
    'archives.on': ({ actor, app, params, body }) => {
      const { addon, owner } = own(actor, app, params.addon, 'app:config', services)
      archives.on(actor, owner, addon, body)
      return view(addon)
    },
    'archives.off': async ({ actor, app, params }) => {
      const { addon, owner } = own(actor, app, params.addon, 'app:config', services)
      await archives.off(actor, owner, addon)
      return view(addon)
    },
    'archives.restore': ({ actor, app, params, body }) => {
      const moment = momentOf(body, app, services)
      const found = addons.list(app).some(({ name, id }) => name === params.addon || id === params.addon)
      const known = found || services.attachments.ofApp(app.id).some(({ name }) => isNamed(name, params.addon))
      // One that was destroyed is known by its archive alone.
      const { owner, name } = known
        ? named(own(actor, app, params.addon, 'app:config', services))
        : { owner: app, name: params.addon }
      return backupViews.restore(owner, archives.restore(actor, owner, name, moment))
    },
  }
}

function named({ addon, owner }: { addon: AddonRecord; owner: AppRecord }) {
  return { owner, name: addon.name }
}

function isNamed(attachment: string, wanted: string): boolean {
  return attachment === wanted.replace(/_URL$/, '')
}

/** By the clock of the box. A release is told apart by what was there just before it was made. */
function momentOf(moment: RestoreMoment, app: AppRecord, { releases }: ApiServices): Date {
  if ('at' in moment) return new Date(moment.at)
  if ('secondsAgo' in moment) return new Date(Date.now() - moment.secondsAgo * 1_000)
  return new Date(Date.parse(releases.get(app, moment.release).createdAt) - 1)
}

/** With the app that it belongs to: whoever asks must have the right there. */
function own(actor: Actor, app: AppRecord, name: string, permission: Permission, services: ApiServices) {
  const addon = services.addons.get(app, name)
  const owner = services.apps.findById(addon.appId)
  services.access.require(actor, permission, owner)
  return { addon, owner: owner ?? app }
}
