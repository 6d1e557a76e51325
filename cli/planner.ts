import { type FolderPlan, planFolder } from '../builder/folder-plan.ts'
import { assetText } from './assets.ts'

/** The planner of builds, which only build:plan runs: scripts/build-cli.ts makes it a file beside the program. */
export function planOf(folder: string): Promise<FolderPlan> {
  return planFolder(folder, assetText)
}
