import type { RouterClient } from '../../router/client.ts'
import type { Domains } from '../apps/domains.ts'
import type { Formation } from '../apps/formation.ts'
import type { Engine } from '../engine/engine.ts'
import type { AppLocks } from './app-locks.ts'
import type { BoxSettingsStore } from './box-settings.ts'
import type { InstanceRegistry } from './instance-registry.ts'
import type { DeployNews } from './news.ts'
import type { Readiness } from './readiness-check.ts'
import type { Releases } from './releases.ts'
import type { RoutePublisher } from './route-publisher.ts'

/** What it takes to change the instances of a release that serves: for scale and restart. */
export type ServingParts = {
  engine: Engine
  router: RouterClient
  domains: Domains
  formation: Formation
  boxSettings: Pick<BoxSettingsStore, 'bootTimeoutMs'>
  releases: Releases
  registry: InstanceRegistry
  publisher: RoutePublisher
  readiness: Readiness
  locks: AppLocks
  news: DeployNews
  currentRelease: (appId: string) => number | null
}
