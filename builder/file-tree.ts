import {
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { hasErrorCode } from './errors.ts'
import type { Source } from './source.ts'
import type { SourceEntry } from './source-checks.ts'

const EXECUTABLE = 0o755
const PLAIN = 0o644

type Copy = (from: string, to: string) => void

/** `linked` shares the files with the original, which costs next to nothing; `own` may be written to by what comes after. */
export function copyTree(from: string, to: string, files: 'linked' | 'own'): void {
  copyDirectory(from, to, files === 'linked' ? link : copy)
}

function copyDirectory(from: string, to: string, copyFile: Copy): void {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name)
    const target = join(to, entry.name)
    if (entry.isDirectory()) copyDirectory(source, target, copyFile)
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target)
    else if (entry.isFile()) copyFile(source, target)
  }
}

/** Another file system, or one that counts links: then a copy. */
const link: Copy = (from, to) => {
  try {
    linkSync(from, to)
  } catch (error) {
    if (!hasErrorCode(error, 'EXDEV') && !hasErrorCode(error, 'EMLINK') && !hasErrorCode(error, 'EPERM')) throw error
    copy(from, to)
  }
}

const copy: Copy = (from, to) => copyFileSync(from, to, constants.COPYFILE_FICLONE)

/** Writes entries of the source beneath `directory`; what stands there under the same path is replaced, never written into. */
export function writeEntries(source: Source, entries: SourceEntry[], directory: string): void {
  const made = new Set<string>()
  for (const entry of entries) {
    const path = join(directory, entry.path)
    const parent = entry.kind === 'directory' ? path : dirname(path)
    if (!made.has(parent)) mkdirSync(parent, { recursive: true })
    made.add(parent)
    if (entry.kind === 'symlink') replacing(path, () => symlinkSync(entry.target, path))
    if (entry.kind === 'file') replacing(path, () => writeContent(source, entry, path))
  }
}

function replacing(path: string, write: () => void): void {
  try {
    write()
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error
    rmSync(path, { recursive: true, force: true })
    write()
  }
}

function writeContent(source: Source, entry: SourceEntry, path: string): void {
  const fd = openSync(path, 'wx', entry.mode & 0o100 ? EXECUTABLE : PLAIN)
  try {
    for (const chunk of source.content(entry)) {
      for (let done = 0; done < chunk.length; ) done += writeSync(fd, chunk, done)
    }
  } finally {
    closeSync(fd)
  }
}

export function treeBytes(directory: string): number {
  let bytes = 0
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) bytes += treeBytes(path)
    else if (entry.isFile()) bytes += lstatSync(path).size
  }
  return bytes
}
