import type { ConfigVars } from '../contract/config-vars.ts'
import type { Call, Handlers } from './handler.ts'
import type { ApiServices } from './services.ts'

export function configHandlers(services: ApiServices): Handlers<'config.list' | 'config.names' | 'config.update'> {
  return {
    'config.list': ({ app }) => ({ vars: services.configVars.all(app.id) }),
    'config.names': ({ app }) => ({ names: Object.keys(services.configVars.all(app.id)).sort() }),
    'config.update': (call) => updateConfig(call, services),
  }
}

function updateConfig(call: Call<'config.update'>, services: ApiServices) {
  const { actor, app, body } = call
  const { changed } = services.configVars.update(app.id, body.vars)
  const vars = visible(call, services)
  if (changed.length === 0) return { vars, release: null, deploy: null }
  const description = describe(changed, body.vars)
  services.activity.record(actor, 'config.update', description, app)
  const deploying = services.deploys.configChanged(actor, app, changed, description)
  return { vars, release: deploying?.release ?? null, deploy: deploying?.deploy ?? null }
}

/** Who may not read values, or uses a browser, is shown only those they have just sent. */
function visible({ actor, app, body }: Call<'config.update'>, { access, configVars }: ApiServices): ConfigVars {
  const all = configVars.all(app.id)
  if (!actor.session && access.can(actor, 'app:secrets', app)) return all
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
