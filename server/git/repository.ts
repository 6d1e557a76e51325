import { rename, rm } from 'node:fs/promises'
import { messageOf, PaasError } from '../errors.ts'
import { type GitResult, runGit } from './git.ts'

/** Where the objects of a push lie until it is accepted: git's quarantine. Empty outside a push. */
export type ObjectStore = Record<'GIT_OBJECT_DIRECTORY' | 'GIT_ALTERNATE_OBJECT_DIRECTORIES', string>

export type Branches = ReadonlyMap<string, string>

const BRANCH_PREFIX = 'refs/heads/'
/** In pushes; counted from the start of the server. */
const TIDY_EVERY = 25
const NO_OBJECT = '0'.repeat(40)

/** An app's bare repository. No work tree ever exists on the box: source leaves as a tar of a commit. */
export class Repository {
  readonly directory: string
  readonly environment: Record<string, string>
  #pushes = 0

  constructor(directory: string, environment: Record<string, string>) {
    this.directory = directory
    this.environment = environment
  }

  /** Commit by branch name. */
  async branches(): Promise<Branches> {
    const { stdout } = await this.#git(['for-each-ref', '--format=%(objectname) %(refname)', BRANCH_PREFIX])
    const lines = stdout.split('\n').filter((line) => line !== '')
    return new Map(
      lines.map((line) => [line.slice(line.indexOf(' ') + 1 + BRANCH_PREFIX.length), line.split(' ')[0] ?? '']),
    )
  }

  /**
   * Writes the tree of `commit` as a tar, through a temporary file. All that is committed is in it: attributes such as
   * export-ignore are for people who publish archives, not for what runs.
   */
  async archive(commit: string, file: string, options: { objects?: ObjectStore; signal?: AbortSignal }): Promise<void> {
    const partial = `${file}.partial`
    const args = ['archive', '--format=tar', '--worktree-attributes', `--output=${partial}`, commit]
    try {
      const { code, stderr } = await this.#git(args, options)
      options.signal?.throwIfAborted()
      if (code !== 0) throw new Error(stderr.trim() || `git archive ended with ${code}`)
      await rename(partial, file)
    } catch (error) {
      await rm(partial, { force: true })
      if (options.signal?.aborted || error instanceof PaasError) throw error
      throw new PaasError(
        'failed',
        'source.unreadable',
        `The source of ${commit.slice(0, 7)} could not be read: ${messageOf(error)}`,
      )
    }
  }

  /** Which commits of other repositories the tree wants at which paths: submodules. */
  async links(commit: string, objects?: ObjectStore): Promise<{ path: string; commit: string }[]> {
    const { stdout } = await this.#git(['ls-tree', '-r', '-z', '--full-tree', commit], { objects })
    return stdout.split('\0').flatMap((entry) => {
      const [, linked] = /^160000 commit ([0-9a-f]+)\t/.exec(entry) ?? []
      return linked === undefined ? [] : [{ path: entry.slice(entry.indexOf('\t') + 1), commit: linked }]
    })
  }

  /** False, too, where a commit is unknown. */
  async isAncestor(ancestor: string, commit: string, objects?: ObjectStore): Promise<boolean> {
    const { code } = await this.#git(['merge-base', '--is-ancestor', ancestor, commit], { objects })
    return code === 0
  }

  /** The commit that `object` is or, for an annotated tag, points to; undefined when it is no commit. */
  async commitOf(object: string, objects?: ObjectStore): Promise<string | undefined> {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${object}^{commit}`]
    const { code, stdout } = await this.#git(args, { objects })
    return code === 0 ? stdout.trim() : undefined
  }

  /** True when any of the paths, or what lies beneath, differs between the commits; and where git cannot tell. */
  async touches(from: string, commit: string, paths: string[], objects?: ObjectStore): Promise<boolean> {
    const { code } = await this.#git(['--literal-pathspecs', 'diff', '--quiet', from, commit, '--', ...paths], {
      objects,
    })
    return code !== 0
  }

  /** Moves a branch that stands at `from`; null is where it does not exist. */
  async moveBranch(branch: string, from: string | null, to: string | null): Promise<void> {
    const ref = `${BRANCH_PREFIX}${branch}`
    const { code, stderr } = await this.#git(['update-ref', ref, to ?? NO_OBJECT, from ?? NO_OBJECT])
    if (code !== 0) throw new Error(`git update-ref: ${stderr.trim()}`)
  }

  /** What a clone checks out. */
  async pointHeadAt(branch: string): Promise<void> {
    await this.#git(['symbolic-ref', 'HEAD', `${BRANCH_PREFIX}${branch}`])
  }

  /** Packs loose objects when git finds that there are many; asked only now and then, because asking costs, too. */
  async tidy(): Promise<void> {
    this.#pushes += 1
    if (this.#pushes % TIDY_EVERY === 0) await this.#git(['gc', '--auto', '--quiet', '--no-detach'])
  }

  async #git(
    args: string[],
    options: { objects?: ObjectStore | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<GitResult> {
    const child = {
      env: { ...this.environment, GIT_DIR: this.directory, ...options.objects },
      cwd: this.directory,
      ...(options.signal && { signal: options.signal }),
    }
    return await runGit(args, child)
  }
}
