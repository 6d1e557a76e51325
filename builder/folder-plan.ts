import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { namedBuilder } from './cloud-native/named.ts'
import { planFor } from './detect.ts'
import { ejectedDockerfile } from './eject.ts'
import { packFolder } from './folder.ts'
import type { BuildPlan } from './plan.ts'
import { Source } from './source.ts'

/** As in a build: RELIABILITY 5.3. */
const LIMITS = { maxFileBytes: 200 * 1024 ** 2, maxTreeBytes: 1024 ** 3 }

/** `dockerfile` is null where only the platform can build: buildpacks are fetched by it. */
export type FolderPlan = { plan: BuildPlan; declared: string[]; dockerfile: string | null }

/**
 * What a build of the folder would do, decided as for a push; nothing is carried out. `assetText` gives files that
 * buildpacks bring. Throws BuildFailure.
 */
export async function planFolder(folder: string, assetText: (name: string) => string): Promise<FolderPlan> {
  const directory = mkdtempSync(join(tmpdir(), 'paas-plan-'))
  try {
    const tar = join(directory, 'source.tar')
    await pipeline(Readable.from(packFolder(folder)), createWriteStream(tar, { mode: 0o600 }))
    using source = Source.open(tar, LIMITS)
    const { plan, declared } = planFor(source, {}, {}, await namedBuilder(source))
    const own = plan.dockerfile === undefined ? undefined : source.text(plan.dockerfile)
    const ejected = plan.classic || plan.cloudNative ? null : ejectedDockerfile(plan, assetText)
    return { plan, declared, dockerfile: own ?? ejected }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
