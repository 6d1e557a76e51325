import { existsSync } from 'node:fs'
import type { EngineDisk, EngineImage } from '../engine.ts'
import type { Connection } from './connection.ts'
import { LABEL } from './labels.ts'

const BUILD_LABEL = 'paas.build'

/** The part of `GET /system/df` that is asked for; numbers are -1 where the engine has not measured. */
export type DiskReport = {
  /** Of all images together, each layer once. */
  LayersSize?: number
  Images: {
    Id: string
    RepoTags?: string[] | null
    Labels?: Record<string, string> | null
    Size: number
    SharedSize: number
  }[]
  Containers: { ImageID: string }[]
  BuildCache?: { Size: number; Shared: boolean }[] | null
}

export async function engineDisk(connection: Connection, boxId: string): Promise<EngineDisk> {
  const [report, info] = await Promise.all([
    connection.perform((docker) => docker.df() as Promise<DiskReport>),
    connection.ask((docker) => docker.info() as Promise<{ DockerRootDir?: string }>),
  ])
  const directory = info.DockerRootDir
  return { ...readReport(report, boxId), directory: directory && existsSync(directory) ? directory : null }
}

/**
 * Ours is what a build of ours labelled and tagged: an image that somebody made from one of ours has its labels, but not
 * its tag. The stack is ours, too, but everything stands on it, and it is never offered.
 */
export function readReport(report: DiskReport, boxId: string): Omit<EngineDisk, 'directory'> {
  const used = new Set(report.Containers.map(({ ImageID }) => ImageID))
  const images = report.Images.flatMap((image): EngineImage[] => {
    const labels = image.Labels ?? {}
    const app = labels[LABEL.app] ?? ''
    const box = labels[LABEL.box] ?? ''
    const name = image.RepoTags?.find((tag) => isNameOf(tag, `paas/${app}:${labels[BUILD_LABEL]}`))
    if (!name || (box !== '' && box !== boxId)) return []
    const bytes = Math.max(0, image.Size - Math.max(0, image.SharedSize))
    return [{ id: image.Id, name, app, own: box === boxId, bytes, inUse: used.has(image.Id) }]
  })
  const own = images.reduce((sum, { bytes }) => sum + bytes, 0)
  // What the cache shares with images is counted there.
  const cached = (report.BuildCache ?? []).filter(({ Shared }) => !Shared)
  return {
    images,
    cacheBytes: cached.reduce((sum, { Size }) => sum + Size, 0),
    baseBytes: Math.max(0, (report.LayersSize ?? 0) - own),
  }
}

/** The end of a name is random, and was not there in earlier versions. */
function isNameOf(tag: string, build: string): boolean {
  return tag === build || tag.startsWith(`${build}-`)
}
