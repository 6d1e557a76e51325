import { dirname } from 'node:path/posix'
import { BuildFailure } from './errors.ts'
import type { TarEntry } from './tar.ts'

export type SourceEntry = TarEntry & { kind: 'file' | 'directory' | 'symlink' }
export type SourceLimits = { maxFileBytes: number; maxTreeBytes: number }

export const MAX_SOURCE_ENTRIES = 100_000
const MEGABYTE = 1024 * 1024

type Admit = (entry: TarEntry, before: ReadonlyMap<string, SourceEntry>) => SourceEntry | undefined

/**
 * Decides entry by entry what may come in: nothing outside the tree, nothing through a link, nothing that is not a file,
 * directory or link, and no more than the limits. Undefined for the root itself.
 */
export function sourceChecks(limits: SourceLimits): Admit {
  let count = 0
  let bytes = 0
  return (raw, before) => {
    const path = safePath(raw.path)
    if (path === '') return undefined
    const entry = { ...raw, path, kind: allowedKind(raw) }
    if (before.has(path)) throw unsafe(`${path} is in the archive twice`)
    refuseLinkedParent(path, before)
    if (entry.kind === 'symlink') refuseLeavingLink(entry)
    checkFileSize(entry, limits)
    count += 1
    bytes += entry.size
    if (count > MAX_SOURCE_ENTRIES) throw tooMany()
    if (bytes > limits.maxTreeBytes) throw tooLarge(limits.maxTreeBytes)
    return entry
  }
}

/** Canonical relative path; `./` and a slash at the end are taken off. */
function safePath(raw: string): string {
  const path = raw.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '')
  if (path === '' || path === '.') return ''
  const parts = path.split('/')
  if (raw.startsWith('/') || parts.includes('..')) throw unsafe(`${raw} points out of the tree`)
  if (parts.includes('') || parts.includes('.') || path.includes('\0')) throw unsafe(`${raw} is not a plain path`)
  if (parts.some((part) => part.toLowerCase() === '.git')) throw unsafe(`${path} belongs to git itself`)
  return path
}

function allowedKind(entry: TarEntry): SourceEntry['kind'] {
  if (entry.kind === 'hardlink') throw unsafe(`${entry.path} is a hard link`)
  if (entry.kind === 'other') throw unsafe(`${entry.path} is not a file, a directory or a symbolic link`)
  return entry.kind
}

function refuseLinkedParent(path: string, before: ReadonlyMap<string, SourceEntry>): void {
  for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
    const kind = before.get(parent)?.kind
    if (kind !== undefined && kind !== 'directory') throw unsafe(`${path} lies beneath ${parent}, which is a ${kind}`)
  }
}

/**
 * A target may climb only at its beginning: `x/..` would mean another place when `x` is itself a link. Since every
 * directory above an entry is real, the number of leading `..` says exactly where it ends up.
 */
function refuseLeavingLink({ path, target }: SourceEntry): void {
  const parts = target.split('/').filter((part) => part !== '' && part !== '.')
  const climbs = parts.findIndex((part) => part !== '..')
  const up = climbs < 0 ? parts.length : climbs
  const depth = path.split('/').length - 1
  if (!target.startsWith('/') && up <= depth && !parts.slice(up).includes('..')) return
  throw new BuildFailure('source.link-outside', `${path} is a symbolic link that leaves the tree, to ${target}.`, {
    fix: 'Put the file itself into the repository, or make the link point to a file beneath its top directory.',
  })
}

function checkFileSize(entry: SourceEntry, { maxFileBytes }: SourceLimits): void {
  if (entry.size <= maxFileBytes) return
  const size = `${megabytes(entry.size)} MB`
  throw new BuildFailure(
    'source.file-too-large',
    `${entry.path} has ${size}; a file may have at most ${megabytes(maxFileBytes)} MB.`,
    {
      fix: 'Keep large files outside the repository, such as in object storage, and take this one out of the commit.',
      command: `git rm --cached ${JSON.stringify(entry.path)} && git commit --amend`,
    },
  )
}

function tooMany(): BuildFailure {
  return new BuildFailure(
    'source.too-many-files',
    `The tree has more than ${MAX_SOURCE_ENTRIES} files and directories.`,
    { fix: 'Take generated files such as node_modules out of git and list them in .gitignore.' },
  )
}

function tooLarge(limit: number): BuildFailure {
  return new BuildFailure('source.too-large', `The tree is larger than ${megabytes(limit)} MB.`, {
    fix: 'Take large or generated files out of git and list them in .gitignore.',
  })
}

function unsafe(reason: string): BuildFailure {
  return new BuildFailure('source.unsafe', `The source tree is refused: ${reason}.`, {
    fix: 'Take this entry out of the commit and push again.',
  })
}

function megabytes(bytes: number): string {
  const value = bytes / MEGABYTE
  return value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1)
}
