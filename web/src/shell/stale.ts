import type { Changed, ChangeEvent } from '../../../server/contract/event.ts'
import type { OperationId } from '../../../server/contract/paths.ts'

/** What has to be asked for anew when something has changed; of `app`, all that there is of the app. */
const STALE: Record<Changed, OperationId[]> = {
  activity: ['activity.list', 'activity.all'],
  addons: ['addons.list', 'addons.info', 'addons.conditions'],
  app: [],
  apps: ['apps.list', 'apps.info'],
  backups: ['backups.list', 'backups.info', 'restores.info'],
  box: ['box.info', 'box.settings'],
  build: ['build.settings', 'buildpacks.list'],
  builds: ['builds.list', 'builds.info', 'apps.info', 'apps.list'],
  certificates: ['certs.list', 'certs.all'],
  config: ['config.names'],
  deploys: ['apps.info', 'apps.list', 'builds.list', 'builds.info', 'releases.list', 'instances.list'],
  domains: ['domains.list', 'certs.list', 'certs.all'],
  formation: ['formation.list', 'apps.info', 'apps.list'],
  instances: ['instances.list', 'apps.info', 'apps.list'],
  members: ['members.list'],
  metrics: ['metrics.read', 'instances.list', 'box.info'],
  releases: ['releases.list', 'apps.info', 'apps.list', 'formation.list'],
  routing: ['routing.show', 'paths.list'],
  runs: ['runs.list', 'cron.list'],
}

/** Whether a change is about what an operation answered; `app` is the one that it was asked of. */
export function concerns({ app, what }: ChangeEvent, id: string, of: string | undefined): boolean {
  if (app !== null && of !== undefined && app !== of) return false
  return what.some((each) => (STALE[each] as string[]).includes(id) || (each === 'app' && of !== undefined))
}
