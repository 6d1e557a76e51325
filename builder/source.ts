import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { dirname } from 'node:path/posix'
import { BuildFailure } from './errors.ts'
import { ignoresWithin, readIgnoreRules } from './ignore-rules.ts'
import { type SourceEntry, type SourceLimits, sourceChecks } from './source-checks.ts'
import { incompleteSource } from './source-gaps.ts'
import { readTar } from './tar.ts'

/** More than any manifest that detection reads. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024
const CHUNK = 256 * 1024
/** Names what is in the repository and not for the app; read as a .gitignore. */
const SLUG_IGNORE = '.slugignore'

/** What was pushed: an index over the tar file, checked before anything is written. Contents are read where they are. */
export class Source implements Disposable {
  readonly entries: ReadonlyMap<string, SourceEntry>
  /** What the user should know and what does not stop the build. */
  readonly warnings: string[]
  readonly #fd: number

  /** Throws BuildFailure for a tree that is unsafe, over a limit, incomplete or empty. */
  static open(tarFile: string, limits: SourceLimits): Source {
    const fd = openSync(tarFile, 'r')
    try {
      return new Source(fd, limits)
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  constructor(fd: number, limits: SourceLimits) {
    this.#fd = fd
    const admit = sourceChecks(limits)
    const entries = new Map<string, SourceEntry>()
    for (const entry of readTar(fd)) {
      const admitted = admit(entry, entries)
      if (admitted) entries.set(admitted.path, admitted)
    }
    this.entries = entries
    this.entries = withoutIgnored(entries, this.text(SLUG_IGNORE) ?? '')
    this.warnings = incompleteSource(this)
  }

  /** True for a regular file. */
  has(path: string): boolean {
    return this.entries.get(path)?.kind === 'file'
  }

  /** True when any entry lies beneath this directory. */
  hasDirectory(path: string): boolean {
    return this.files(`${path}/`).next().done !== true
  }

  *files(prefix = ''): Generator<SourceEntry> {
    for (const entry of this.entries.values())
      if (entry.kind !== 'directory' && entry.path.startsWith(prefix)) yield entry
  }

  /** Text of a file, undefined when there is none. Files that decide about the build must be files, not links. */
  text(path: string): string | undefined {
    const entry = this.entries.get(path)
    if (!entry || entry.kind === 'directory') return undefined
    if (entry.kind === 'symlink') {
      throw new BuildFailure('source.symlinked-file', `${path} is a symbolic link to ${entry.target}.`, {
        fix: `Replace ${path} by a regular file: it decides how the app is built and must be part of the push itself.`,
      })
    }
    if (entry.size > MAX_TEXT_BYTES) {
      throw new BuildFailure('source.file-too-large', `${path} is too large to be read (${entry.size} bytes).`)
    }
    return this.head(entry, entry.size)
      .toString('utf8')
      .replace(/^\uFEFF/, '')
  }

  /** The first `bytes` of a file. */
  head(entry: SourceEntry, bytes: number): Buffer {
    const length = Math.min(bytes, entry.size)
    const buffer = Buffer.alloc(length)
    readSync(this.#fd, buffer, 0, length, entry.offset)
    return buffer
  }

  /** Content in pieces; each is valid until the next one is asked for. */
  *content(entry: SourceEntry): Generator<Buffer> {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, entry.size))
    for (let done = 0; done < entry.size; ) {
      const read = readSync(this.#fd, buffer, 0, Math.min(buffer.length, entry.size - done), entry.offset + done)
      if (read === 0) throw new BuildFailure('source.damaged', 'The archive ends early.', { retryable: true })
      yield buffer.subarray(0, read)
      done += read
    }
  }

  /** Entries of these paths and beneath, in the order of the archive; `.` is everything. `exclude` names roots to leave out. */
  select(paths: string[], exclude: string[] = []): SourceEntry[] {
    const wanted = paths.includes('.') ? undefined : paths.map((path) => path.replace(/\/$/, ''))
    return [...this.entries.values()].filter(
      ({ path }) => (wanted?.some((root) => within(path, root)) ?? true) && !exclude.some((root) => within(path, root)),
    )
  }

  /** Changes with any path, mode, link or content of the entries. */
  digest(entries: SourceEntry[]): string {
    const hash = createHash('sha256')
    for (const entry of entries) {
      hash.update(JSON.stringify([entry.path, entry.kind, entry.mode & 0o111, entry.size, entry.target]))
      if (entry.kind === 'file') for (const chunk of this.content(entry)) hash.update(chunk)
    }
    return hash.digest('hex')
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd)
  }
}

function withoutIgnored(entries: Map<string, SourceEntry>, text: string): Map<string, SourceEntry> {
  const rules = readIgnoreRules(text)
  if (rules.length === 0) return entries
  return new Map([...entries].filter(([path, { kind }]) => !ignoresWithin(rules, path, kind === 'directory')))
}

export function within(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`)
}

/** Parent directory, empty at the top. */
export function parentOf(path: string): string {
  const parent = dirname(path)
  return parent === '.' ? '' : parent
}
