import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'
import type { AppRecord } from '../apps/apps.ts'
import { PaasError } from '../errors.ts'
import type { Actor } from '../people/actor.ts'
import type { Repository } from './builds.ts'
import type { Push, PushToLive } from './push-to-live.ts'
import { IMAGE_LIMITS, type Uploads } from './uploads.ts'

export type UploadedSource = { content: AsyncIterable<Uint8Array>; version: string | undefined; signal: AbortSignal }
/** Stands in line: the output of the build tells the rest. */
export type Started = { build: string; deploy: string }

type Parts = {
  uploads: Uploads
  /** False where there are no containers. */
  takesImages: boolean
  pushToLive: PushToLive
  /** Throws when the box cannot take it now; else gets ready for it. */
  admit: () => Promise<void>
}

/** Ways in beside git. What came by one of them goes the same road as a push, in the same line. */
export class OtherWays {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** A tar or tar.gz of a source tree: resolves when it has arrived. */
  async upload(actor: Actor, app: AppRecord, { content, version, signal }: UploadedSource): Promise<Started> {
    const { admit, uploads } = this.#parts
    await admit()
    const { file, digest } = await uploads.receive(actor.user?.id ?? '', content, signal)
    return this.#begin(file, { actor, app, commit: version ?? `upload-${digest.slice(0, 12)}` })
  }

  /** As `upload`, of an image as `docker save` writes it. */
  async imageArchive(actor: Actor, app: AppRecord, { content, version, signal }: UploadedSource): Promise<Started> {
    const { admit, takesImages, uploads } = this.#parts
    if (!takesImages) throw noContainers()
    await admit()
    const { file, digest } = await uploads.receive(actor.user?.id ?? '', content, signal, IMAGE_LIMITS)
    const commit = version ?? `image-${digest.slice(0, 12)}`
    return this.#begin(file, { actor, app, commit, kind: 'image', origin: { archive: true } })
  }

  /** The builder fetches it when it is the app's turn; until then the build is called by what was asked for. */
  async repository(actor: Actor, app: AppRecord, repository: Repository): Promise<Started> {
    const { admit, pushToLive } = this.#parts
    await admit()
    const commit = repository.ref ?? 'HEAD'
    return pushToLive.begin({
      actor,
      app,
      commit,
      origin: repository,
      writeSource: async () => {},
      output: () => undefined,
    })
  }

  /** An image that is ready: taken as it is when it is the app's turn, pulled where the box does not have it. */
  async image(actor: Actor, app: AppRecord, image: string): Promise<Started> {
    const { admit, pushToLive, takesImages } = this.#parts
    if (!takesImages) throw noContainers()
    await admit()
    const writeSource = (place: string) => writeRecipe(place, `FROM ${image}\n`)
    return pushToLive.begin({ actor, app, commit: image, kind: 'image', writeSource, output: () => undefined })
  }

  #begin(file: string, push: Omit<Push, 'writeSource' | 'output'>): Started {
    const writeSource = (place: string) => rename(file, place)
    // One that was overtaken while it waited has not moved its file.
    const after = () => rm(file, { force: true })
    return this.#parts.pushToLive.begin({ ...push, writeSource, output: () => undefined }, after)
  }
}

/** An image is one line of a Dockerfile: it is checked, pulled, labelled and kept by what does so for all others. */
async function writeRecipe(place: string, dockerfile: string): Promise<void> {
  const tar = pack()
  tar.entry({ name: 'Dockerfile', mtime: new Date(0) }, dockerfile)
  tar.finalize()
  await pipeline(Readable.from(tar as unknown as AsyncIterable<Buffer>), createWriteStream(place, { mode: 0o600 }))
}

function noContainers(): PaasError {
  return new PaasError(
    'conflict',
    'image.no-containers',
    'The embedded engine has no containers, so it takes no images.',
    {
      fix: 'Deploy the source instead, or start the platform with the docker engine.',
      command: 'paas deploy .',
    },
  )
}
