import { BuildFailure } from './errors.ts'
import { submoduleSections } from './git-config.ts'
import type { SourceEntry } from './source-checks.ts'

/** Pointers have a version line, an oid and a size: github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const LFS_POINTER = 'version https://git-lfs.github.com/spec/v1'
const LFS_POINTER_BYTES = { least: 100, most: 1024 }
const NAMED_IN_MESSAGE = 5

/** What is looked at of a source. */
type Tree = {
  entries: ReadonlyMap<string, SourceEntry>
  files(): Iterable<SourceEntry>
  head(entry: SourceEntry, bytes: number): Buffer
  text(path: string): string | undefined
}

/**
 * A push brings what git itself stores. Throws when that is not the whole app: nothing at all, submodules, files kept
 * in Git LFS. Returns warnings for what may be missing on purpose.
 */
export function incompleteSource(source: Tree): string[] {
  refuseEmpty(source)
  refuseLfsPointers(source)
  return unfilledDirectories(source)
}

function refuseEmpty(source: Tree): void {
  if (source.entries.size > 0) return
  throw new BuildFailure('source.empty', 'There is nothing to build: the commit has no files.', {
    fix: 'Add the files of the app, commit and push again.',
    command: 'git add . && git commit -m "Add the app"',
  })
}

function refuseLfsPointers(source: Tree): void {
  const pointers = [...source.files()].filter((entry) => isLfsPointer(source, entry)).map(({ path }) => path)
  if (pointers.length === 0) return
  throw new BuildFailure(
    'source.lfs-pointer',
    `${listed(pointers)} ${pointers.length === 1 ? 'is' : 'are'} kept in Git LFS: only pointers were pushed, not the contents.`,
    {
      fix: 'Have them fetched from their LFS server, which .lfsconfig names; or store the files in git itself (git lfs migrate export).',
      command: 'paas build:set lfs=on',
    },
  )
}

function isLfsPointer(source: Tree, entry: SourceEntry): boolean {
  if (entry.kind !== 'file' || entry.size < LFS_POINTER_BYTES.least || entry.size > LFS_POINTER_BYTES.most) return false
  return source.head(entry, LFS_POINTER.length).toString('latin1') === LFS_POINTER
}

/** Git has no empty directories: one in the archive stands for a repository within the repository. */
function unfilledDirectories(source: Tree): string[] {
  const filled = new Set<string>()
  for (const path of source.entries.keys()) filled.add(path.slice(0, path.lastIndexOf('/')))
  const empty = [...source.entries.values()].filter(({ kind, path }) => kind === 'directory' && !filled.has(path))
  const submodules = submodulePaths(source.text('.gitmodules') ?? '')
  const missing = empty.filter(({ path }) => submodules.has(path)).map(({ path }) => path)
  if (missing.length > 0) throw submoduleFailure(missing)
  return empty.map(
    ({ path }) => `${path} is empty here: it is a git repository of its own, whose files were not pushed.`,
  )
}

function submodulePaths(gitmodules: string): Set<string> {
  return new Set(submoduleSections(gitmodules).map(({ values }) => values.get('path') ?? ''))
}

function submoduleFailure(missing: string[]): BuildFailure {
  const [first] = missing
  return new BuildFailure(
    'source.submodule',
    `${listed(missing)} ${missing.length === 1 ? 'is a submodule' : 'are submodules'}, whose files are not part of the push.`,
    {
      fix: `Have them fetched, by https and without a password; or put the files of ${first} into this repository.`,
      command: 'paas build:set submodules=on',
    },
  )
}

function listed(paths: string[]): string {
  const rest = paths.length - NAMED_IN_MESSAGE
  return paths.slice(0, NAMED_IN_MESSAGE).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}
