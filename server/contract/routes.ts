import { addons } from './addons-routes.ts'
import { apps } from './apps-routes.ts'
import { archives } from './archives-routes.ts'
import { backups } from './backups-routes.ts'
import { box } from './box-routes.ts'
import { builds } from './builds-routes.ts'
import { deploys } from './deploys-routes.ts'
import type { OperationId } from './paths.ts'
import { people } from './people-routes.ts'
import type { Route } from './route.ts'
import { routing } from './routing-routes.ts'
import { sessions } from './session-routes.ts'
import { telemetry } from './telemetry-routes.ts'
import { transfers } from './transfers-routes.ts'

/** Every operation of the API: its permission, what it takes, what it answers. A wing of the server has a file. */
export const routes = {
  ...box,
  ...people,
  ...sessions,
  ...apps,
  ...deploys,
  ...addons,
  ...transfers,
  ...builds,
  ...routing,
  ...archives,
  ...backups,
  ...telemetry,
} as const satisfies Record<OperationId, Route>

export type Routes = typeof routes
