import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { diskUse } from '../disk-use.ts'
import type { EngineDisk } from '../engine.ts'
import type { Layout } from './layout.ts'

/** `<cache>/<app>/<name>`: results of steps by their key, and what package managers keep by its name. */
const LAYERS = 'layers'
const DOOMED = '.partial'
/** A build touches each result that it uses: what is younger may be in use. */
const RESTING_MS = 60 * 60_000

/** Files of an image that it shares with the cache count as the image's. */
export async function embeddedDisk(
  layout: Layout,
  images: { id: string; name: string; app: string }[],
  inUse: ReadonlySet<string>,
): Promise<EngineDisk> {
  const sizes = await diskUse([...images.map(({ id }) => id), layout.cache])
  return {
    images: images.map((image) => ({
      ...image,
      own: true,
      bytes: sizes.get(image.id) ?? 0,
      inUse: inUse.has(image.id),
    })),
    cacheBytes: sizes.get(layout.cache) ?? 0,
    baseBytes: 0,
    directory: layout.directory,
  }
}

/** Results of steps only, those used longest ago first; a build that misses one runs the step again. */
export async function pruneLayers(cache: string, keepBytes: number): Promise<number> {
  const before = (await diskUse([cache])).get(cache) ?? 0
  let left = before
  for (const layer of await restingLayers(cache)) {
    if (left <= keepBytes) break
    left -= (await diskUse([layer])).get(layer) ?? 0
    // Out of sight first, under the name of what a build sweeps: nobody finds half a layer.
    const doomed = `${layer}${DOOMED}`
    await rename(layer, doomed).catch(() => undefined)
    await rm(doomed, { recursive: true, force: true })
  }
  return Math.max(0, before - ((await diskUse([cache])).get(cache) ?? 0))
}

async function restingLayers(cache: string): Promise<string[]> {
  const apps = await namesIn(cache)
  const found: { path: string; usedAt: number }[] = []
  for (const app of apps) {
    for (const name of await namesIn(join(cache, app, LAYERS))) {
      const path = join(cache, app, LAYERS, name)
      const usedAt = (await stat(path).catch(() => undefined))?.mtimeMs
      if (usedAt !== undefined && Date.now() - usedAt > RESTING_MS) found.push({ path, usedAt })
    }
  }
  return found.sort((a, b) => a.usedAt - b.usedAt).map(({ path }) => path)
}

function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => [])
}
