import type { AppManifest } from '../../builder/plan.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { Say } from './failure.ts'

export type AddonWish = AppManifest['addons'][number]

/** Who makes the addons that an app.json names. Owned here, so that deploys need not know of addons. */
export interface AddonWishes {
  /**
   * `first`: the app was never live, so what it lacks is made, and is there when this resolves; otherwise it is only told.
   * Throws DeployFailure for what could not be made.
   */
  want(app: AppRecord, wishes: AddonWish[], around: { first: boolean; signal: AbortSignal; say: Say }): Promise<void>
}
