import { rename } from 'node:fs/promises'
import type { AppRecord } from '../apps/apps.ts'
import type { Actor } from '../people/actor.ts'
import type { PushToLive } from './push-to-live.ts'
import type { Uploads } from './uploads.ts'

export type UploadedSource = { content: AsyncIterable<Uint8Array>; version: string | undefined; signal: AbortSignal }
/** Stands in line: the output of the build tells the rest. */
export type Started = { build: string; deploy: string }

type Parts = {
  uploads: Uploads
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
    const { admit, pushToLive, uploads } = this.#parts
    await admit()
    const { file, digest } = await uploads.receive(actor.user?.id ?? '', content, signal)
    const commit = version ?? `upload-${digest.slice(0, 12)}`
    const writeSource = (place: string) => rename(file, place)
    return pushToLive.begin({ actor, app, commit, writeSource, output: () => undefined })
  }
}
