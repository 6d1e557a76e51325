import type { AppManifest } from '../../builder/plan.ts'

/** What app.json asks for of a release, beside its image; kept with it, so that a rollback brings it back. */
export type ReleaseWishes = Pick<AppManifest, 'formation' | 'scripts' | 'cron' | 'healthChecks'>

export const NO_WISHES: ReleaseWishes = {
  formation: {},
  scripts: { predeploy: null, afterFirst: null, afterEach: null },
  cron: [],
  healthChecks: {},
}

export function wishesOf(manifest: AppManifest | undefined): ReleaseWishes {
  if (!manifest) return NO_WISHES
  const { formation, scripts, cron, healthChecks } = manifest
  return { formation, scripts, cron, healthChecks }
}

/** As a column of the release; null where nothing is asked for. */
export function writeWishes(wishes: ReleaseWishes): string | null {
  const text = JSON.stringify(wishes)
  return text === JSON.stringify(NO_WISHES) ? null : text
}

export function readWishes(text: string | null): ReleaseWishes {
  return text === null ? NO_WISHES : { ...NO_WISHES, ...(JSON.parse(text) as Partial<ReleaseWishes>) }
}
