import type { Readable } from 'node:stream'

/**
 * What a backup knows of what it holds, to be compared with what comes out of it again: tables and their rows, keys. Names of
 * what was only estimated say so (facts.ts).
 */
export type Facts = Record<string, number>

/** One reading of the whole, consistent in itself. */
export type Dump = {
  /** Ends with an error, never early, when the program behind it fails. */
  stream: Readable
  /** `pg_dump 15.14`: whoever restores wants the same or a newer one. */
  tool: string
  /** How the plain bytes are called once the backup is opened: `pgdump`, `rdb`, `tar`. */
  suffix: string
  /** About how many plain bytes will come; null where nobody knows. */
  expectedBytes: number | null
  /** Counted as of the moment of the reading; told when that is done, be it after the stream has ended. */
  facts: Promise<Facts>
}

/** A thing of the same kind and version, made for one trial and gone with it. */
export type Scratch = AsyncDisposable & {
  /** Throws when the program that reads it does not take all of it. */
  restore(from: Readable, signal: AbortSignal): Promise<void>
  /** Throws when what is there now does not answer as it should. */
  check(signal: AbortSignal): Promise<Facts>
}

/** What is backed up: an addon today, volumes and the whole box later. */
export interface Backed {
  /** `addon:add_0…`, the same for ever. */
  readonly id: string
  /** `postgresql-curved-12345`. */
  readonly name: string
  /** `postgresql`, `redis`, ... */
  readonly kind: string
  /** Whose activity hears of it; null for what belongs to the box. */
  readonly app: { id: string; name: string } | null
  backup(signal: AbortSignal): Promise<Dump>
  scratch(signal: AbortSignal): Promise<Scratch>
}

/** What belongs to an app: its members see the backups and its activity hears of them. */
export type BackedOfApp = Backed & { readonly app: { id: string; name: string } }

/** Where what is backed up is found; whoever owns addons and volumes answers. */
export interface BackedThings {
  /** What is wrong with its backups from now on; null: nothing any more. Idempotent. */
  condition(id: string, code: 'backup-failing' | 'backup-not-proved', words: string | null): void
  find(id: string): BackedOfApp | undefined
  /** By its name, or the only one that the app has. Throws in words when there is none or more than one. */
  getOf(app: { id: string; name: string }, name: string | undefined): BackedOfApp
  /** A new thing of the kind that the backup is of, beside the old one, filled from it. Leaves nothing when it throws. */
  restoreNew(from: RestoreSource, signal: AbortSignal): Promise<{ name: string }>
}

export type RestoreSource = {
  kind: string
  subject: string
  subjectName: string
  app: { id: string; name: string }
  /** Where the new one is to differ from the old one. */
  wish?: { name?: string | undefined; plan?: string | undefined; version?: string | undefined }
  /** The plain bytes, from the beginning, each time that it is called. */
  open: () => Promise<Readable>
}
