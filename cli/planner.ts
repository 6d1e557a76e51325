import { packFolder } from '../builder/folder.ts'
import { type FolderPlan, planFolder } from '../builder/folder-plan.ts'
import { assetText } from './assets.ts'

/** What only build:plan and deploying a folder run, of the builder's code: scripts/build-cli.ts makes it a file beside the program. */
export function planOf(folder: string): Promise<FolderPlan> {
  return planFolder(folder, assetText)
}

/** A folder as a tar, without what does not belong to its source. */
export function packed(folder: string): AsyncIterable<Uint8Array> {
  return packFolder(folder)
}
