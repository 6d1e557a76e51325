import type { Readable } from 'node:stream'
import type { Endpoint, Limits, Pipe, Programs } from '../engine/engine.ts'

export type Plan = {
  name: string
  about: string
  /** A database in a server that others share, for small boxes. Limits are those of the server then. */
  shared: boolean
  memoryMb: number
  cpus: number
  /** That one app may have open. */
  connections: number
  /** Of data, that it is meant for: nothing stops there, but people hear of it. */
  storageMb?: number
}

export type Version = { version: string; programs: Programs }

/** What a server is started for. */
export type ServerSize = { memoryMb: number; connections: number }

export type Launch = {
  command: string[]
  environment: Record<string, string>
  limits: Pick<Limits, 'pids'>
  /** From being asked to stop until it is killed: long enough to write down what it has in memory. */
  stopGraceMs: number
}

/** One thing inside a server that an Addon stands for. */
export type Database = { name: string; connections: number }
export type Login = { user: string; password: string }

/** The way into a server that runs. */
export type ServerAccess = {
  endpoint: Endpoint
  /** Of the account that may do everything. */
  password: string
  /** Runs a command beside the server, where PAAS_DATA_DIRECTORY and PORT are set. */
  pipe(command: string[]): Promise<Pipe>
}

/** What is in a database, to be compared with what comes out of a backup of it, and how large it is. */
export type Counted = { facts: Record<string, number>; bytes: number }

/**
 * One reading of all of it, and what was in it at that moment: that is told when it is counted, which may be after the stream has
 * ended, and never where the stream does not end well. Names of what could only be estimated say so: `about`.
 */
export type Copy = { stream: Readable; bytes: number; facts: Promise<Counted['facts']> }

/** Facts for people, in the order in which they are shown. */
export type Info = [name: string, value: string][]

/** How much of something limited is used. `words` are for people, when it is nearly all. */
export type Gauge = { name: 'connections' | 'memory' | 'storage'; used: number; limit: number; words: string }

/** What a report tells, as text. */
export type ReportTable = { name: string; about: string; columns: string[]; rows: (string | null)[][] }

/** How the data of this kind get out of a server and into one again. */
export type AddonCopies = {
  /** What a dump is called: `pgdump`. */
  suffix: string
  /** By reading all of it, however long that takes. */
  count(access: ServerAccess, database: Database): Promise<Counted>
  /** All of the database, consistent at one moment. The stream fails when the dump does, and is read or destroyed by the caller. */
  backup(access: ServerAccess, database: Database, signal: AbortSignal): Promise<Copy>
  /** Into a database that holds nothing yet. Rejects with the reason when any of it could not be brought back. */
  restore(access: ServerAccess, database: Database, from: Readable, signal: AbortSignal): Promise<void>
}

/** What a server has set aside for the archive and nobody has taken yet, oldest first. */
export type Spool = {
  /** False when it was never made, or was given up because the disk was nearly full. */
  there: boolean
  segments: { name: string; bytes: number }[]
  /** The segment that could not be set aside at the last attempt; null: all goes well. */
  failing: string | null
  /** Differs from an earlier one where anything was committed in between. */
  moment: string
}

/** Of a moment that recovery can stop at: all that was committed until `at` lies in `segment` or before it. */
export type Mark = {
  at: Date
  segment: string
  moment: string
  /** Nothing else was committed since the earlier moment: what is there at `at` is what is there at `moment`. */
  quiet: boolean
}

/** The segments that a base needs to be whole: from the first one that is to be read again to the one that it ends in. */
export type Span = { from: string; to: string }

/** All of a server, as it was while it was read: whole with the segments of its span, which is told when the stream has ended. */
export type Base = { stream: Readable; span: Promise<Span>; expectedBytes: number }

export type Recovery = {
  base: () => Promise<Readable>
  /** In the order of their making; the last one has a mark at `until` or after it. */
  segments: { name: string; open: () => Promise<Readable> }[]
  /** What was committed later is left out. */
  until: Date
}

/** A server that is made anew from an archive: it goes away and comes back meanwhile. */
export type Recovering = {
  /** Throws while it does not run. */
  reach: () => Promise<ServerAccess>
  /** Resolves when it answers again; throws its last words when it does not come back. */
  comeBack: (isBack: (access: ServerAccess) => Promise<boolean>) => Promise<void>
  say: (step: string) => void
  signal: AbortSignal
}

/** How every change of a server is kept, so that any moment can be brought back. Verbs are idempotent. */
export type AddonArchive = {
  /** From now on each segment is set aside until it is discarded; `id` tells archives apart. */
  begin(access: ServerAccess, id: string): Promise<void>
  end(access: ServerAccess, id: string): Promise<void>
  look(access: ServerAccess, id: string): Promise<Spool>
  /** Ends the segment that is being written. `since`: the moment of the mark before. */
  mark(access: ServerAccess, since: string | null): Promise<Mark>
  read(access: ServerAccess, id: string, segment: string, signal: AbortSignal): Promise<Readable>
  discard(access: ServerAccess, id: string, segments: string[]): Promise<void>
  base(access: ServerAccess, signal: AbortSignal): Promise<Base>
  /** What is in a database now, while others write. */
  estimate(access: ServerAccess, database: Database): Promise<Counted['facts']>
  /** How many segments lie between: 1 for neighbours. */
  distance(from: string, to: string): number
  /** In place of all that the server has. */
  recover(recovery: Recovery, server: Recovering): Promise<void>
  /** What was recovered becomes this database: under its name, and no login of the old one is left. */
  adopt(access: ServerAccess, from: Database, to: Database): Promise<void>
}

/** A database on a server elsewhere. `address` is one of the host's that was found fit to be reached. */
export type Remote = {
  host: string
  address: string
  port: number
  user: string
  password: string
  database: string
  /** `require`, or what the URL said. */
  tls: string
}

export type ExportForm = 'custom' | 'sql'

/** How data of this kind come from elsewhere, and go there. What comes in is made whole beside the database before it takes its place. */
export type AddonTransfers = {
  /** Of the URLs of such servers. */
  protocols: readonly string[]
  isEmpty(access: ServerAccess, database: Database): Promise<boolean>
  /** The stream fails when the dump does. */
  export(access: ServerAccess, database: Database, form: ExportForm, signal: AbortSignal): Promise<Readable>
  /** A dump of what is elsewhere, made by the server's own program. */
  fetch(access: ServerAccess, remote: Remote, signal: AbortSignal): Promise<Readable>
  /** An empty database beside this one. Idempotent. */
  stage(access: ServerAccess, database: Database): Promise<Database>
  /** Rejects with the reason when any of it could not be brought in. */
  import(access: ServerAccess, staged: Database, from: Readable, signal: AbortSignal): Promise<void>
  /** What is staged is the database from then on; sessions are ended. */
  takePlace(access: ServerAccess, database: Database): Promise<void>
  discard(access: ServerAccess, database: Database): Promise<void>
}

/** How a database moves to another server, with nothing lost that was acknowledged. Verbs are idempotent. */
export type AddonUpgrade = {
  /** These logins only read from now on; their sessions are ended. */
  stopWrites(access: ServerAccess, database: Database, users: readonly string[]): Promise<void>
  allowWrites(access: ServerAccess, database: Database, users: readonly string[]): Promise<void>
  /** An empty database of the same name, in place of what an earlier attempt has left there. */
  makeRoom(from: ServerAccess, to: ServerAccess, database: Database): Promise<void>
  following: AddonFollowing
}

/** How far a server is that follows another one. `behindBytes`: of changes that it has not got yet. */
export type Followed = { tablesLeft: number; behindBytes: number }

/**
 * How a server gets a database from another one while apps go on writing there, so that only the last changes are waited for.
 * Verbs are idempotent.
 */
export type AddonFollowing = {
  /** Why that cannot be, in words that follow "because"; undefined: it can. */
  obstacle(from: ServerAccess, to: ServerAccess, database: Database): Promise<string | undefined>
  /** Of everything but rows: another one when somebody changed more than rows. */
  shape(access: ServerAccess, database: Database): Promise<string>
  /** Into the room that was made. `at`: where the new server reaches the old one. */
  begin(from: ServerAccess, to: ServerAccess, database: Database, at: Endpoint, signal: AbortSignal): Promise<void>
  /** Throws when it will never catch up. */
  look(from: ServerAccess, to: ServerAccess, database: Database): Promise<Followed>
  /** What can be done before writes are stopped, once the tables are there. */
  settle(from: ServerAccess, to: ServerAccess, database: Database, signal: AbortSignal): Promise<void>
  /** All that was acknowledged before the call is there when it resolves. Throws when that takes too long. */
  catchUp(from: ServerAccess, database: Database, signal: AbortSignal): Promise<void>
  /** What does not come by itself is brought. Counts both within about a second; what that was not enough for is left out. */
  finish(from: ServerAccess, to: ServerAccess, database: Database): Promise<{ before: Facts; after: Facts }>
  /** The new server takes nothing more from the old one. */
  leave(to: ServerAccess, database: Database): Promise<void>
  /** Nothing of it is left, on whichever side the server was. */
  tidy(access: ServerAccess, database: Database): Promise<void>
}

type Facts = Counted['facts']

/** What people look at and set in a database of this kind. Throws what is wrong with a wish, in words. */
export type AddonTools = {
  reports: readonly { name: string; about: string }[]
  report(access: ServerAccess, database: Database, name: string): Promise<ReportTable>
  /** Returns how many it reached. */
  endSessions(
    access: ServerAccess,
    database: Database,
    which: { pid?: number | undefined; force: boolean },
  ): Promise<number>
  changeExtension(access: ServerAccess, database: Database, name: string, state: 'added' | 'removed'): Promise<void>
  changeSettings(access: ServerAccess, database: Database, settings: Record<string, string | null>): Promise<void>
}

/** Who speaks first, and whether the first bytes of each side are those of a connection that will be encrypted. */
export type SecureStart = {
  begins: 'client' | 'server'
  client: (first: Buffer) => boolean
  server: (first: Buffer) => boolean
}

/**
 * A kind of Addon. A new one is one file that says how its server is started and spoken to, and a line in services.ts. Every
 * verb that changes something is idempotent: it may have been interrupted, and is then done again.
 */
export type AddonService = {
  /** `postgresql` */
  name: string
  title: string
  aliases: string[]
  /** Newest first. */
  versions: Version[]
  /** The first one is used when none is named. */
  plans: Plan[]
  /** `DATABASE` for the first of an app; further names are a prefix and a colour: POSTGRESQL_AMBER. */
  names: { first: string; prefix: string }
  port: number

  /** Null: it speaks no TLS, so the way from beyond this machine does. */
  secureStart: SecureStart | null
  /** How a URL begins whose clients are to begin with TLS: `rediss`. */
  secureScheme?: string

  launch(size: ServerSize, address: string): Launch
  /** Throws while it does not answer yet. Sees to it that the password of the access is the right one. */
  ready(access: ServerAccess, signal: AbortSignal): Promise<void>
  createDatabase(access: ServerAccess, database: Database): Promise<void>
  /** Also after a change of the database's limits. */
  putCredential(access: ServerAccess, database: Database, login: Login): Promise<void>
  /** Ends its connections. What it made stays. */
  dropCredential(access: ServerAccess, database: Database, user: string): Promise<void>
  /** Only asked of shared servers. */
  dropDatabase(access: ServerAccess, database: Database): Promise<void>
  /** What an app is given. */
  url(database: Database, login: Login, endpoint: Endpoint): string
  info(access: ServerAccess, database: Database, plan: Plan): Promise<Info>
  /** Cheap: it is asked every minute. */
  gauges?(access: ServerAccess, database: Database, plan: Plan): Promise<Gauge[]>
  /** The program that people type into, if there is one. The password goes by the environment, never as an argument. */
  client?(database: Database, login: Login, endpoint: Endpoint): Pick<Launch, 'command' | 'environment'>

  /** A kind that keeps nothing for good has none: it is not backed up, not even before it is destroyed. */
  copies?: AddonCopies
  /** Of kinds that can go back to any moment. */
  archive?: AddonArchive
  tools?: AddonTools
  transfers?: AddonTransfers
  upgrade?: AddonUpgrade
}
