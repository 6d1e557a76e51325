import type { Database } from '../db/database.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Builds } from './builds.ts'
import { type DeployRecords, isFinal } from './deploy-records.ts'
import type { Releases } from './releases.ts'

const RETRY_MS = 2_000

export type Ending = { state: 'failed' | 'canceled' | 'superseded'; reason: string }

export type EndingParts = {
  db: Database
  builds: Pick<Builds, 'end'>
  records: DeployRecords
  releases: Pick<Releases, 'setStatus'>
  log: Log
}

/** How deploys end that do not go live: deploy, build and release in one transaction. */
export class Endings implements Disposable {
  readonly #parts: EndingParts
  readonly #unwritten = new Map<string, Ending>()
  #retry: NodeJS.Timeout | undefined

  constructor(parts: EndingParts) {
    this.#parts = parts
  }

  /** Written at once, or as soon as the disk has room again: a deploy never stays open for ever. Never throws. */
  end(deployId: string, ending: Ending): void {
    this.#unwritten.set(deployId, ending)
    this.flush()
  }

  /** Before another deploy of an app begins, so that an ending that waits does not stand in its way. */
  flush(): void {
    for (const [deployId, ending] of this.#unwritten) this.#try(deployId, ending)
    clearTimeout(this.#retry)
    if (this.#unwritten.size > 0) this.#retry = setTimeout(() => this.flush(), RETRY_MS).unref()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#retry)
    this.#unwritten.clear()
  }

  #try(deployId: string, ending: Ending): void {
    try {
      this.#write(deployId, ending)
      this.#unwritten.delete(deployId)
    } catch (error) {
      this.#parts.log.warn('deploy.ending-unwritten', { deploy: deployId, reason: messageOf(error) })
    }
  }

  /** One that is gone with its app, or has ended already, needs no ending. */
  #write(deployId: string, { state, reason }: Ending): void {
    const { builds, db, records, releases } = this.#parts
    db.transaction(() => {
      const deploy = records.find(deployId)
      if (!deploy || isFinal(deploy.state)) return
      if (deploy.release !== null) releases.setStatus(deploy.appId, deploy.release, 'failed', reason)
      if (deploy.buildId !== null) builds.end(deploy.buildId, state === 'failed' ? 'failed' : 'canceled', reason)
      records.move(deployId, state, { reason })
    })
  }
}
