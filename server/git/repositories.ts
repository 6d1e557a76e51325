import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { AppRecord } from '../apps/apps.ts'
import { PaasError } from '../errors.ts'
import { runGit } from './git.ts'
import { type GitSettings, gitEnvironment, MAX_PUSH_BYTES } from './git-environment.ts'
import { installHooks } from './pre-receive.ts'
import { Repository } from './repository.ts'

/** What receive-pack leaves behind when it is killed while a pack arrives (seen with git 2.39). */
const ABANDONED = /^(?:tmp_objdir-)?incoming-/

type AppId = Pick<AppRecord, 'id'>
/** Beside those of apps, whose ids never look so. */
const EMPTY: AppId = { id: 'empty' }

/** The bare repositories, one directory per app id, so that renaming an app moves nothing. */
export class Repositories {
  readonly #directory: string
  readonly #settings: GitSettings
  readonly #open = new Map<string, Promise<Repository>>()
  #hooks: Promise<void> | undefined

  constructor(directory: string, options: { maxPushBytes?: number } = {}) {
    this.#directory = directory
    this.#settings = {
      hooks: join(directory, '.hooks'),
      maxPushBytes: options.maxPushBytes ?? MAX_PUSH_BYTES,
    }
  }

  /** Made at the first use; what a crash left in it is cleared away once per start of the server. */
  async open(app: AppId): Promise<Repository> {
    const known = this.#open.get(app.id)
    if (known) return await known
    const opening = this.#prepare(app.id)
    this.#open.set(app.id, opening)
    try {
      return await opening
    } catch (error) {
      this.#open.delete(app.id)
      throw error
    }
  }

  /** What an app has before its first push. Nothing is ever pushed into it. */
  empty(): Promise<Repository> {
    return this.open(EMPTY)
  }

  async remove(app: AppId): Promise<void> {
    await this.#open.get(app.id)?.catch(() => undefined)
    this.#open.delete(app.id)
    await rm(this.#path(app.id), { recursive: true, force: true })
  }

  async #prepare(appId: string): Promise<Repository> {
    this.#hooks ??= installHooks(this.#settings.hooks)
    await this.#hooks
    const directory = this.#path(appId)
    const repository = new Repository(directory, gitEnvironment(directory, this.#settings))
    if (await exists(join(directory, 'HEAD'))) await clearAbandoned(join(directory, 'objects'))
    else await this.#initialize(directory)
    return repository
  }

  async #initialize(directory: string): Promise<void> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const options = { env: gitEnvironment(directory, this.#settings), cwd: this.#directory }
    const { code, stderr } = await runGit(
      ['init', '--quiet', '--bare', '--template=', '-b', 'main', directory],
      options,
    )
    if (code !== 0)
      throw new PaasError('failed', 'repository.unusable', `The repository could not be made: ${stderr.trim()}`)
  }

  #path(appId: string): string {
    if (!/^[A-Za-z0-9_-]+$/.test(appId)) throw new Error(`not an app id: ${appId}`)
    return join(this.#directory, `${appId}.git`)
  }
}

async function clearAbandoned(objects: string): Promise<void> {
  const names = await readdir(objects)
  for (const name of names.filter((each) => ABANDONED.test(each))) {
    await rm(join(objects, name), { recursive: true, force: true })
  }
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  )
}
