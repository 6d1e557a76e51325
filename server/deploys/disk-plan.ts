import type { DiskItem, DiskPlan, DiskSettings } from '../contract/disk.ts'
import type { EngineDisk, EngineImage } from '../engine/engine.ts'
import { diskState, type FreeSpace, TIGHT_FACTOR, wantedBytes } from './disk-space.ts'

const GB = 1024 ** 3

/** What is known of an app when the plan is made. */
export type AppImages = {
  name: string
  /** Images of releases that a rollback may return to, the one that serves among them. */
  rollbackTargets: string[]
  /** A deploy is under way: it may have made an image that no release names yet. */
  deploying: boolean
}

export type DiskFacts = {
  engine: EngineDisk
  /** By app id. */
  apps: ReadonlyMap<string, AppImages>
  /** Of the disk that the engine keeps images on. */
  space: FreeSpace
  settings: DiskSettings
}

/**
 * What may go, and why; touches nothing. Images: those of this box that no release of the kept ones needs and no
 * container uses. The cache: down to its budget, further when the disk is tight. Volumes are never in question.
 */
export function planDisk(facts: DiskFacts): DiskPlan {
  const judged = facts.engine.images
    .map((image) => judge(image, facts))
    .filter((verdict) => verdict !== undefined)
    .sort((a, b) => b.item.bytes - a.item.bytes)
  const remove = judged.filter(({ goes }) => goes).map(({ item }) => item)
  const keep = judged.filter(({ goes }) => !goes).map(({ item }) => item)
  const cache = judgeCache(facts, total(remove))
  if (cache) (cache.goes ? remove : keep).push(cache.item)
  return { remove, keep, bytes: total(remove), warnings: warningsOf(facts, keep) }
}

/** Bytes that the cache is cut down to. */
export function cacheTarget({ engine, settings, space }: DiskFacts, freedBytes: number): number {
  const budget = Math.min(engine.cacheBytes, settings.cacheBudget)
  if (diskState(space) === 'ample') return budget
  const missing = TIGHT_FACTOR * wantedBytes(space.totalBytes) - space.freeBytes - freedBytes
  return Math.floor(Math.max(0, Math.min(budget, engine.cacheBytes - Math.max(0, missing))))
}

type Verdict = { goes: boolean; item: DiskItem }

function judge(image: EngineImage, { apps, settings }: DiskFacts): Verdict | undefined {
  const app = apps.get(image.app)
  // Another box on the same engine may have made it.
  if (!app && !image.own) return undefined
  const verdict = (goes: boolean, why: string): Verdict => ({
    goes,
    item: { kind: 'image', app: app?.name ?? null, what: image.name, bytes: image.bytes, why },
  })
  if (image.inUse) return verdict(false, 'an instance uses it')
  if (!app) return verdict(true, 'its app is destroyed')
  if (app.rollbackTargets.includes(image.id)) {
    return verdict(false, recentReleases(settings))
  }
  if (app.deploying) return verdict(false, 'a deploy of the app is under way')
  return verdict(true, `not ${recentReleases(settings)}`)
}

function recentReleases({ keepReleases }: DiskSettings): string {
  return keepReleases === 1 ? 'the last release' : `one of the last ${keepReleases} releases`
}

function judgeCache(facts: DiskFacts, freedBytes: number): Verdict | undefined {
  const { cacheBytes } = facts.engine
  if (cacheBytes === 0) return undefined
  const target = cacheTarget(facts, freedBytes)
  const goes = target < cacheBytes
  const tight = goes && target < facts.settings.cacheBudget
  const item = { kind: 'cache' as const, app: null, what: 'build cache' }
  if (!goes) return { goes, item: { ...item, bytes: cacheBytes, why: 'within its budget' } }
  const why = tight ? 'the disk is tight' : `over its budget of ${gigabytes(facts.settings.cacheBudget)}`
  return { goes, item: { ...item, bytes: cacheBytes - target, why } }
}

function warningsOf({ settings, space }: DiskFacts, keep: DiskItem[]): string[] {
  const images = total(keep.filter(({ kind }) => kind === 'image'))
  const warnings: string[] = []
  if (images > settings.imageBudget) {
    const over = `Images that run or that rollbacks need take ${gigabytes(images)}, more than their budget of ${gigabytes(settings.imageBudget)}.`
    warnings.push(`${over} Keep fewer releases: paas disk:set keep-releases=${Math.max(1, settings.keepReleases - 1)}`)
  }
  if (diskState(space) === 'full') warnings.push('The disk is nearly full: pushes are refused until there is room.')
  return warnings
}

function total(items: DiskItem[]): number {
  return items.reduce((sum, { bytes }) => sum + bytes, 0)
}

function gigabytes(bytes: number): string {
  return `${(bytes / GB).toFixed(1)} GB`
}
