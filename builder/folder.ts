import { createReadStream } from 'node:fs'
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pack } from 'tar-stream'
import { BuildFailure, hasErrorCode } from './errors.ts'
import { type IgnoreRule, ignores, readIgnoreRules } from './ignore-rules.ts'

/** Never part of a source: git's own files, and dependencies, which the build installs for the machine that it is for. */
const LEFT_OUT = new Set(['.git', 'node_modules'])
/** In any directory, and in the top one. */
const GIT_FILE = '.gitignore'
const SLUG_FILE = '.slugignore'
/** Equal trees make equal archives. */
const EPOCH = new Date(0)

type Found = { path: string; kind: 'file' | 'symlink'; mode: number; size: number }
/** Rules of .gitignore files, each for what lies beneath its directory; and those of the one .slugignore. */
type Rules = { git: { base: string; rules: IgnoreRule[] }[]; slug: IgnoreRule[] }

/**
 * A folder as a tar, read while it is sent: what .gitignore and .slugignore name, .git and node_modules are left out.
 * Ends early when a file cannot be read or becomes shorter meanwhile.
 */
export async function* packFolder(folder: string): AsyncGenerator<Buffer> {
  const tar = pack()
  const filling = fill(tar, folder).catch((error: unknown) => void tar.destroy(readable(error)))
  // streamx streams can be iterated; their types do not say so.
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) yield chunk
  await filling
}

async function fill(tar: ReturnType<typeof pack>, folder: string): Promise<void> {
  const status = await stat(folder).catch(() => undefined)
  if (!status?.isDirectory()) throw noFolder(folder, status !== undefined)
  const slug = readIgnoreRules((await textOf(join(folder, SLUG_FILE))) ?? '')
  let empty = true
  for await (const found of walk(folder, '', { git: [], slug })) {
    empty = false
    const file = join(folder, found.path)
    const header = { name: found.path, mode: found.mode, mtime: EPOCH }
    if (found.kind === 'symlink') tar.entry({ ...header, type: 'symlink', linkname: await readlink(file) })
    else await writeFile(tar, { ...header, size: found.size }, file)
  }
  if (empty) throw nothingIn(folder)
  tar.finalize()
}

/** No more of a file than its header has promised, should it grow meanwhile. */
async function writeFile(
  tar: ReturnType<typeof pack>,
  header: { name: string; mode: number; mtime: Date; size: number },
  file: string,
): Promise<void> {
  if (header.size === 0) return void tar.entry(header, '')
  const entry = tar.entry(header)
  let sent = 0
  for await (const chunk of createReadStream(file, { end: header.size - 1 })) {
    sent += (chunk as Buffer).length
    if (!entry.write(chunk)) await new Promise<void>((resolve) => entry.once('drain', () => resolve()))
  }
  if (sent < header.size) throw changed(header.name)
  const ended = new Promise<void>((resolve) => entry.once('close', () => resolve()))
  entry.end(undefined)
  await ended
}

/** Files and links in the order of their names; a directory is there when something lies in it, as in git. */
async function* walk(folder: string, directory: string, above: Rules): AsyncGenerator<Found> {
  const own = await textOf(join(folder, directory, GIT_FILE))
  const git = own === undefined ? above.git : [...above.git, { base: directory, rules: readIgnoreRules(own) }]
  const rules = { ...above, git }
  for (const name of (await readdir(join(folder, directory))).sort()) {
    const path = directory === '' ? name : `${directory}/${name}`
    if (LEFT_OUT.has(name)) continue
    const status = await lstat(join(folder, path))
    if (isIgnored(rules, path, status.isDirectory())) continue
    const mode = status.mode & 0o777
    if (status.isDirectory()) yield* walk(folder, path, rules)
    else if (status.isSymbolicLink()) yield { path, kind: 'symlink', mode, size: 0 }
    else if (status.isFile()) yield { path, kind: 'file', mode, size: status.size }
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'EISDIR')) return undefined
    throw error
  }
}

/** Of .gitignore files the nearest has the word. */
function isIgnored({ git, slug }: Rules, path: string, isDirectory: boolean): boolean {
  if (ignores(slug, path, isDirectory)) return true
  for (const { base, rules } of git.toReversed()) {
    const verdict = ignores(rules, base === '' ? path : path.slice(base.length + 1), isDirectory)
    if (verdict !== undefined) return verdict
  }
  return false
}

function readable(error: unknown): Error {
  if (error instanceof BuildFailure) return error
  const path = error instanceof Error && 'path' in error ? String(error.path) : 'A file'
  if (hasErrorCode(error, 'EACCES')) return unreadable(`${path} may not be read.`, error)
  if (hasErrorCode(error, 'ENOENT')) return unreadable(`${path} vanished while it was read.`, error)
  return error instanceof Error ? error : new Error(String(error))
}

function noFolder(folder: string, exists: boolean): BuildFailure {
  const message = exists ? `${folder} is not a folder.` : `There is no folder ${folder}.`
  return new BuildFailure('folder.missing', message, {
    fix: 'Name the folder of the app; without a name it is this one.',
  })
}

function nothingIn(folder: string): BuildFailure {
  return new BuildFailure('folder.empty', `There is nothing to build in ${folder}.`, {
    fix: 'Name the folder of the app; what .gitignore and .slugignore name does not count.',
  })
}

function changed(path: string): BuildFailure {
  return unreadable(`${path} became shorter while it was read.`)
}

function unreadable(message: string, cause?: unknown): BuildFailure {
  const fix = 'Let the files be while they are read, or name what the build does not need in .gitignore.'
  return new BuildFailure('folder.unreadable', message, { fix }, { cause })
}
