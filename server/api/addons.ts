import type { AddonRecord } from '../addons/addon-records.ts'
import { serviceNamed } from '../addons/services.ts'
import type { AppRecord } from '../apps/apps.ts'
import { PaasError } from '../errors.ts'
import type { Actor } from '../people/actor.ts'
import { addonView, conditionViews, planViews } from './addon-view.ts'
import type { Call, Handlers } from './handler.ts'
import { own } from './own-addon.ts'
import { onePage } from './page.ts'
import type { RunRights } from './run-rights.ts'
import type { ApiServices } from './services.ts'

type AddonOperation =
  | 'addons.plans'
  | 'addons.conditions'
  | 'addons.list'
  | 'addons.create'
  | 'addons.info'
  | 'addons.watch'
  | 'addons.update'
  | 'addons.restart'
  | 'addons.destroy'
  | 'addons.upgrade'
  | 'addons.attach'
  | 'addons.detach'
  | 'addons.promote'
  | 'addons.credentials'
  | 'addons.rotate'
  | 'addons.client'
  | 'addons.tunnel'
  | 'addons.expose'
  | 'addons.unexpose'

const LOOPBACK = '127.0.0.1'

type Change = { release: number; deploy: string } | null

export function addonHandlers(services: ApiServices, rights: RunRights): Handlers<AddonOperation> {
  const { activity, addons } = services
  const view = (addon: AddonRecord) => addonView(addon, services)
  const changed = (addon: AddonRecord, change: Change) => ({
    addon: view(addons.findById(addon.id) ?? addon),
    ...bare(change),
  })
  return {
    'addons.plans': () => onePage(planViews()),
    'addons.conditions': ({ actor }) => onePage(conditionViews(actor, services)),
    'addons.list': ({ app }) => onePage(addons.list(app).map(view)),
    'addons.create': async ({ actor, app, body }) => {
      const addon = await addons.create(actor, app, body)
      activity.record(actor, 'addon.create', `${addon.name} (${addon.service} ${addon.plan})`, app)
      return view(addon)
    },
    'addons.info': async ({ app, params }) => {
      const addon = addons.get(app, params.addon)
      const facts = await addons.info(addon).catch(unreachable)
      const all = [...facts, ...archiveFacts(addon, services)]
      return { ...view(addon), facts: all.map(([name, value]) => ({ name, value })) }
    },
    'addons.watch': (call) => watch(call, services),
    'addons.update': (call) => view(update(call, services)),
    'addons.restart': ({ actor, app, params }) => {
      const addon = own(actor, addons.get(app, params.addon), 'app:config', services)
      const restarting = addons.restart(actor, addon)
      activity.record(actor, 'addon.restart', addon.name, app)
      return view(restarting)
    },
    'addons.upgrade': ({ actor, app, body, params }) => {
      const addon = own(actor, addons.get(app, params.addon), 'app:config', services)
      const to = own(actor, addons.get(app, body.to), 'app:config', services)
      if (!body.rehearse && body.confirm !== addon.name) throw notConfirmedMove(addon)
      const moving = addons.upgrade(actor, addon, to, { rehearse: body.rehearse })
      activity.record(actor, 'addon.upgrade', `${addon.name} to ${to.name}${body.rehearse ? ', rehearsed' : ''}`, app)
      return view(moving)
    },
    'addons.destroy': ({ actor, app, params, query }) => {
      const addon = own(actor, addons.get(app, params.addon), 'app:destroy', services)
      if (query.confirm !== addon.name) throw notConfirmed(addon)
      const backup = query.backup !== 'false'
      activity.record(actor, 'addon.destroy', backup ? addon.name : `${addon.name}, without a last backup`, app)
      return view(addons.destroy(actor, addon, { backup }))
    },
    'addons.attach': async ({ actor, app, body, params }) => {
      const addon = attachable(actor, app, params.addon, services)
      const change = await addons.attach(actor, addon, app, body.as ?? null)
      activity.record(actor, 'addon.attach', addon.name, app)
      return changed(addon, change)
    },
    'addons.detach': ({ actor, app, params }) => {
      const change = addons.detach(actor, app, params.attachment)
      activity.record(actor, 'addon.detach', params.attachment, app)
      return bare(change)
    },
    'addons.promote': async ({ actor, app, params }) => {
      const addon = addons.get(app, params.addon)
      const change = await addons.promote(actor, addon, app)
      activity.record(actor, 'addon.promote', addon.name, app)
      return changed(addon, change)
    },
    'addons.client': async ({ actor, app, body, params, isAllowed }) => {
      const addon = addons.get(app, params.addon)
      const tool = addons.client(addon, app)
      const command = [...tool.command, ...body.arguments]
      const run = await services.runs.startTool(actor, app, { ...tool, command }, body.tty)
      if (run.ticket !== null) rights.remember(run.id, isAllowed, actor.session?.id)
      activity.record(actor, 'addon.client', `${tool.command[0]} of ${addon.name}`, app)
      return run
    },
    'addons.tunnel': ({ actor, app, body, params, isAllowed }) => {
      const addon = addons.get(app, params.addon)
      const tunnel = addons.tunnels.open(addon, app, { port: body.port, isAllowed })
      activity.record(actor, 'addon.tunnel', addon.name, app)
      return tunnel
    },
    'addons.expose': async ({ actor, app, body, params }) => {
      const addon = own(actor, addons.get(app, params.addon), 'app:config', services)
      // Of the network beyond the machine its owner decides.
      if (body.address !== undefined && body.address !== LOOPBACK) services.access.require(actor, 'box:own')
      const exposed = await addons.exposures.expose(addon, body)
      activity.record(
        actor,
        'addon.expose',
        `${addon.name} at ${exposed.exposed?.address}:${exposed.exposed?.port}`,
        app,
      )
      return view(exposed)
    },
    'addons.unexpose': ({ actor, app, params }) => {
      const addon = own(actor, addons.get(app, params.addon), 'app:config', services)
      activity.record(actor, 'addon.unexpose', addon.name, app)
      return view(addons.exposures.unexpose(addon))
    },
    'addons.credentials': ({ actor, app, params }) => onePage(logins(actor, addons.get(app, params.addon), services)),
    'addons.rotate': async ({ actor, app, params }) => {
      const addon = addons.get(app, params.addon)
      const change = await addons.rotate(actor, addon, app)
      activity.record(actor, 'addon.rotate', addon.name, app)
      return changed(addon, change)
    },
  }
}

function update({ actor, app, body, params }: Call<'addons.update'>, services: ApiServices): AddonRecord {
  const { activity, addons } = services
  let addon = own(actor, addons.get(app, params.addon), 'app:config', services)
  if (body.name !== undefined && body.name !== addon.name) {
    const former = addon.name
    addon = addons.rename(addon, body.name)
    activity.record(actor, 'addon.rename', `${former} to ${body.name}`, app)
  }
  if (body.plan !== undefined && body.plan !== addon.plan) {
    addon = addons.resize(actor, addon, body.plan)
    activity.record(actor, 'addon.resize', `${addon.name} to ${body.plan}`, app)
  }
  return addon
}

async function* watch({ app, params, signal }: Call<'addons.watch'>, services: ApiServices) {
  const { id } = services.addons.get(app, params.addon)
  for await (const addon of services.addons.watch(id, signal)) yield addonView(addon, services)
}

/** What one may not see does not exist. */
function attachable(actor: Actor, app: AppRecord, name: string, services: ApiServices): AddonRecord {
  const { access, addons, apps } = services
  const addon = addons.named(name) ?? addons.get(app, name)
  const owner = apps.findById(addon.appId)
  if (!owner || !access.can(actor, 'app:view', owner)) return addons.get(app, name)
  access.require(actor, 'app:config', owner)
  return addon
}

/** Those of apps that one may see; what they are worth only for who may read secrets there, and never in a browser. */
function logins(actor: Actor, addon: AddonRecord, { access, addons, apps }: ApiServices) {
  return addons.logins(addon).flatMap(({ appId, user, state, url, createdAt }) => {
    const app = appId === null ? undefined : apps.findById(appId)
    if (!app || !access.can(actor, 'app:view', app)) return []
    const shown = access.can(actor, 'app:secrets', app) ? url : null
    return [{ app: app.name, user, state, url: shown, createdAt: createdAt.toISOString() }]
  })
}

function bare(change: Change) {
  return { release: change?.release ?? null, deploy: change?.deploy ?? null }
}

/** One that is down still has a name, a plan and attachments. */
function unreachable(error: unknown): [string, string][] {
  if (error instanceof PaasError) return [['Unreachable', error.message]]
  return [['Unreachable', 'it does not answer']]
}

function notConfirmedMove(addon: AddonRecord): PaasError {
  const message = `Apps can only read from ${addon.name} for some time, so it must be confirmed with its name.`
  return new PaasError('invalid', 'addon.confirm', message, {
    fix: 'See first for how long.',
    command: `paas pg:upgrade:dryrun ${addon.name}`,
  })
}

function notConfirmed(addon: AddonRecord): PaasError {
  return new PaasError('invalid', 'addon.confirm', `Destroying ${addon.name} must be confirmed with its name.`, {
    fix: 'All its data will be gone.',
    command: `paas addons:destroy ${addon.name} --confirm ${addon.name}`,
  })
}

/** Of kinds that can be archived. */
function archiveFacts(addon: AddonRecord, { addons, archiveViews }: ApiServices): [string, string][] {
  if (!serviceNamed(addon.service).archive) return []
  const { lag, state, windows } = archiveViews.of(addon, addons.server(addon))
  const window = windows.at(-1)
  const known = window ? `${state}, every moment from ${window.from} to ${window.to}` : state
  return [['Archive', lag ? `${known}, ${lag.seconds} s behind, ${lag.segments} segments wait` : known]]
}
