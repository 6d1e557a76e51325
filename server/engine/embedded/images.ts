import { readFileSync } from 'node:fs'
import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import { PaasError } from '../../errors.ts'
import type { Layout } from './layout.ts'
import { writeWhole } from './record-store.ts'

const SCHEME = 'embedded:'
const DOOMED = '.removed'

const ImageFile = z.object({
  /** The app it was built for, where the builder says so. */
  app: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  /** Directories that come before the system's PATH. */
  path: z.array(z.string()).default([]),
})
const Owners = z.record(z.string(), z.string())

export type Image = { directory: string; app: string; environment: Record<string, string>; path: string[] }

/** Images are directories that the builder makes: `image.json` and the tree in `app/`, shared by all instances. */
export class Images {
  readonly #layout: Layout
  /** Build id to app, for images whose file does not say. */
  readonly #owners: Record<string, string>

  constructor(layout: Layout) {
    this.#layout = layout
    this.#owners = readOwners(layout.imageOwners)
  }

  /** Throws `image.not-found`. */
  async open(image: string, app: string): Promise<Image> {
    const directory = this.#directory(image)
    const file = await readImageFile(directory)
    if (!file) {
      throw new PaasError('not-found', 'image.not-found', `The image ${image} is no longer on this box`, {
        fix: 'Build it again: push the app once more.',
        command: 'git push paas main',
      })
    }
    if (!file.app) this.#own(basename(directory), app)
    return { directory: join(directory, 'app'), app, environment: file.environment, path: file.path }
  }

  async has(image: string): Promise<boolean> {
    return (await readImageFile(this.#directory(image))) !== null
  }

  /** Deletes the app's images that are not in `keep`. */
  async prune(app: string, keep: string[]): Promise<void> {
    const kept = new Set(keep.map((image) => this.#directory(image)))
    for (const build of await this.#builds()) {
      const directory = join(this.#layout.images, build)
      if (kept.has(directory) || (await this.#ownerOf(build)) !== app) continue
      await remove(directory)
      delete this.#owners[build]
    }
    this.#save()
  }

  /** All of them, whose app is known. */
  async list(): Promise<{ id: string; name: string; app: string }[]> {
    const builds = (await this.#builds()).filter((build) => !build.endsWith(DOOMED))
    const owners = await Promise.all(builds.map((build) => this.#ownerOf(build)))
    return builds.flatMap((build, index) => {
      const app = owners[index]
      return app === undefined ? [] : [{ id: join(this.#layout.images, build), name: build, app }]
    })
  }

  async removeOne(image: string): Promise<boolean> {
    if (!(await this.has(image))) return false
    const directory = this.#directory(image)
    await remove(directory)
    delete this.#owners[basename(directory)]
    this.#save()
    return true
  }

  /** The directory that processes run in, whether it is there or not. */
  treeOf(image: string): string {
    return join(this.#directory(image), 'app')
  }

  /** Finishes deletions that a crash cut short. */
  async sweep(): Promise<void> {
    const doomed = (await this.#builds()).filter((build) => build.endsWith(DOOMED))
    await Promise.all(doomed.map((build) => rm(join(this.#layout.images, build), { recursive: true, force: true })))
  }

  async #builds(): Promise<string[]> {
    const entries = await readdir(this.#layout.images, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  }

  async #ownerOf(build: string): Promise<string | undefined> {
    const file = await readImageFile(join(this.#layout.images, build))
    return file?.app ?? this.#owners[build]
  }

  #own(build: string, app: string): void {
    if (this.#owners[build] === app) return
    this.#owners[build] = app
    this.#save()
  }

  #save(): void {
    writeWhole(this.#layout.imageOwners, JSON.stringify(this.#owners))
  }

  #directory(image: string): string {
    if (!image.startsWith(SCHEME)) return resolve(image)
    return join(this.#layout.images, basename(image.slice(SCHEME.length)))
  }
}

async function readImageFile(directory: string): Promise<z.output<typeof ImageFile> | null> {
  try {
    return ImageFile.parse(JSON.parse(await readFile(join(directory, 'image.json'), 'utf8')))
  } catch {
    return null
  }
}

/** Out of sight first: a crash in the middle leaves no half image under its name. */
async function remove(directory: string): Promise<void> {
  const doomed = `${directory}${DOOMED}`
  await rm(doomed, { recursive: true, force: true })
  await rename(directory, doomed)
  await rm(doomed, { recursive: true, force: true })
}

function readOwners(file: string): Record<string, string> {
  try {
    return Owners.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return {}
  }
}
