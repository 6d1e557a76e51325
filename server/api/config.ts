import type { ConfigVars } from '../contract/config-vars.ts'
import { PaasError } from '../errors.ts'
import type { Call, Handlers } from './handler.ts'
import type { ApiServices } from './services.ts'

export function configHandlers(services: ApiServices): Handlers<'config.list' | 'config.names' | 'config.update'> {
  return {
    'config.list': ({ app }) => ({ vars: everything(app.id, services) }),
    'config.names': ({ app }) => ({ names: Object.keys(everything(app.id, services)).sort() }),
    'config.update': (call) => updateConfig(call, services),
  }
}

function updateConfig(call: Call<'config.update'>, services: ApiServices) {
  const { actor, app, body } = call
  refuseAttached(call, services)
  const { changed } = services.configVars.update(app.id, body.vars)
  const vars = visible(call, services)
  if (changed.length === 0) return { vars, release: null, deploy: null }
  const description = describe(changed, body.vars)
  services.activity.record(actor, 'config.update', description, app)
  const deploying = services.deploys.configChanged(actor, app, changed, description)
  return { vars, release: deploying?.release ?? null, deploy: deploying?.deploy ?? null }
}

/** With what addons give, as the app finds it. */
function everything(appId: string, { attachments, configVars }: ApiServices): ConfigVars {
  const all = { ...configVars.all(appId), ...attachments.variables(appId) }
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** A database that an app cannot reach any more by a slip of the hand is an outage. */
function refuseAttached({ app, body }: Call<'config.update'>, { attachments }: ApiServices): void {
  const owners = attachments.owners(app.id)
  for (const variable of Object.keys(body.vars)) {
    const owner = owners.get(variable)
    if (!owner) continue
    throw new PaasError('conflict', 'config.attached', `${variable} belongs to the addon ${owner.addon}.`, {
      fix: 'It changes with the addon: attach another one under this name, rotate its credential, or detach it.',
      command: `paas addons:detach ${owner.name} -a ${app.name}`,
    })
  }
}

/** Who may not read values, or uses a browser, is shown only those they have just sent. */
function visible({ actor, app, body }: Call<'config.update'>, services: ApiServices): ConfigVars {
  const all = everything(app.id, services)
  if (!actor.session && services.access.can(actor, 'app:secrets', app)) return all
  return Object.fromEntries(Object.entries(all).filter(([name]) => typeof body.vars[name] === 'string'))
}

/** Heroku's words, names only: `Set FOO, BAR config vars`. */
export function describe(changed: string[], vars: Record<string, string | null>): string {
  const set = changed.filter((name) => vars[name] !== null)
  const unset = changed.filter((name) => vars[name] === null)
  if (unset.length === 0) return `Set ${set.join(', ')} config vars`
  if (set.length === 0) return `Unset ${unset.join(', ')} config vars`
  return `Set ${set.join(', ')}, unset ${unset.join(', ')} config vars`
}
