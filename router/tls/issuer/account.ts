import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AcmeIssuer } from '../../contract/certificate.ts'
import { writeDurably } from '../../durable-file.ts'
import { codeOf, type Log, messageOf } from '../../log.ts'
import { newPrivateKey } from './private-key.ts'
import { Refusal } from './refusal.ts'
import { AcmeSession } from './session.ts'

type SavedAccount = { directoryUrl: string; key: string; accountUrl: string | null; email: string | null }

/**
 * One account for the whole box at each issuer: the number of accounts per address is limited, and an account's good
 * standing counts. Its key never changes by itself.
 */
export class Accounts {
  readonly #directory: string
  readonly #log: Log
  readonly #sessions = new Map<string, Promise<AcmeSession>>()
  readonly #limitMs: number | undefined

  /** `limitMs`: how long an issuer may take for one answer. */
  constructor(directory: string, log: Log, limitMs?: number) {
    this.#directory = directory
    this.#log = log
    this.#limitMs = limitMs
  }

  /** A session that is signed in. Throws Refusal or Unreachable; the next call tries again. */
  session(issuer: AcmeIssuer, email: string | null): Promise<AcmeSession> {
    const id = JSON.stringify([issuer, email])
    const known = this.#sessions.get(id)
    if (known) return known
    const opening = this.#open(issuer, email)
    this.#sessions.set(id, opening)
    opening.catch(() => this.#sessions.delete(id))
    return opening
  }

  /** The issuer does not know the account any more: the next session registers the same key anew. */
  async forget(session: AcmeSession): Promise<void> {
    for (const [id, opening] of this.#sessions) {
      if ((await opening.catch(() => undefined)) === session) this.#sessions.delete(id)
    }
    session.close()
    const saved = await this.#load(session.issuer.directoryUrl)
    if (saved) await this.#save({ ...saved, accountUrl: null })
  }

  async close(): Promise<void> {
    for (const opening of this.#sessions.values()) (await opening.catch(() => undefined))?.close()
    this.#sessions.clear()
  }

  async #open(issuer: AcmeIssuer, email: string | null): Promise<AcmeSession> {
    const fresh: SavedAccount = {
      directoryUrl: issuer.directoryUrl,
      key: newPrivateKey(),
      accountUrl: null,
      email: null,
    }
    const saved = (await this.#load(issuer.directoryUrl)) ?? fresh
    if (saved === fresh) await this.#save(fresh)
    const session = await AcmeSession.open(issuer, saved.key, this.#limitMs)
    try {
      session.accountUrl = saved.accountUrl
      if (saved.accountUrl === null || saved.email !== email) await this.#register(session, saved, email)
      return session
    } catch (error) {
      session.close()
      throw error
    }
  }

  /** Makes the account, finds the one that the key has already, or changes its contact. */
  async #register(session: AcmeSession, saved: SavedAccount, email: string | null): Promise<void> {
    const contact = email ? [`mailto:${email}`] : []
    if (session.accountUrl !== null) {
      await session.post(session.accountUrl, { contact }, [200])
    } else {
      const payload = { termsOfServiceAgreed: true, ...(email ? { contact } : {}) }
      const { location } = await session.postNewAccount(payload)
      if (!location) throw new Refusal('issuer', `${session.issuer.name} made an account without an address`)
      session.accountUrl = location
    }
    await this.#save({ ...saved, accountUrl: session.accountUrl, email })
    this.#log.info('issuer.account', { issuer: session.issuer.name, account: session.accountUrl })
  }

  async #load(directoryUrl: string): Promise<SavedAccount | undefined> {
    try {
      return JSON.parse(await readFile(this.#path(directoryUrl), 'utf8')) as SavedAccount
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') this.#log.error('issuer.account-lost', { directoryUrl, reason: messageOf(error) })
      return undefined
    }
  }

  async #save(account: SavedAccount): Promise<void> {
    await writeDurably(this.#path(account.directoryUrl), `${JSON.stringify(account)}\n`)
  }

  #path(directoryUrl: string): string {
    return join(this.#directory, `${encodeURIComponent(directoryUrl)}.json`)
  }
}
