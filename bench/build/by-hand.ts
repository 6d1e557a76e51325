import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { type FixtureEntry, TemporaryDirectory, writeTar } from '../../builder/source-fixture.ts'
import { docker } from './docker.ts'
import { edited, manifests, type Sample } from './sample.ts'

/** Images without a name may be tidied up by anybody. */
const REPOSITORY = 'paas-bench/by-hand'
const USER = '1000:1000'
/** As builds have it (builder/buildkit/limits.ts), else a busy machine would slow ours alone. */
const CPU_SHARES = 256
const CERTIFICATES = '/run/ca.crt'
const QUIET = ['npm_config_audit=false', 'npm_config_fund=false', 'npm_config_update_notifier=false']

export type ByHandOptions = { stack: string; certificateBundle: string | null; cpus: number; memoryMb: number }

/** What a person does without us: a container, the tree copied in, the commands typed, the container kept as an image. */
export class ByHand {
  readonly #options: ByHandOptions
  /** By sample: an image with its dependencies, which whoever does it often keeps. */
  readonly #installed = new Map<string, string>()
  #images = 0

  constructor(options: ByHandOptions) {
    this.#options = options
  }

  /** From nothing. Resolves with milliseconds. */
  async cold(sample: Sample): Promise<number> {
    const files = edited(sample)
    return await timed(async () => {
      const image = await this.#made(this.#options.stack, files, [...sample.install, ...sample.build], sample.start)
      return () => docker('rmi', '--force', image)
    })
  }

  /** After a change of code, upon the dependencies of before. */
  async warm(sample: Sample): Promise<number> {
    const base = this.#installed.get(sample.name) ?? (await this.#install(sample))
    const files = edited(sample)
    return await timed(async () => {
      const image = await this.#made(base, files, sample.build, sample.start)
      return () => docker('rmi', '--force', image)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const own = [...this.#installed.values()].filter((image) => image !== this.#options.stack)
    for (const image of own) await docker('rmi', '--force', image)
  }

  async #install(sample: Sample): Promise<string> {
    const { stack } = this.#options
    const image = sample.install.length === 0 ? stack : await this.#made(stack, manifests(sample), sample.install, [])
    this.#installed.set(sample.name, image)
    return image
  }

  async #made(base: string, files: FixtureEntry[], commands: string[], start: string[]): Promise<string> {
    using directory = new TemporaryDirectory()
    this.#images += 1
    const tag = `${REPOSITORY}:${process.pid}-${this.#images}`
    await writeTar(directory.join('tree.tar'), files)
    const container = await docker('create', ...this.#arguments(), base, 'sh', '-c', commands.join(' && ') || 'true')
    try {
      await copyIn(directory.join('tree.tar'), container)
      if (commands.length > 0) await docker('start', '--attach', container)
      await docker('commit', '--change', `CMD ${JSON.stringify(start)}`, container, tag)
      return tag
    } finally {
      await docker('rm', '--force', container)
    }
  }

  #arguments(): string[] {
    const { certificateBundle, cpus, memoryMb } = this.#options
    const lent = certificateBundle === null ? [] : [`--volume=${certificateBundle}:${CERTIFICATES}:ro`]
    const trust = certificateBundle === null ? [] : [`--env=NODE_EXTRA_CA_CERTS=${CERTIFICATES}`]
    const npm = [...QUIET, 'NODE_ENV=production', 'CI=true', 'npm_config_cache=/tmp/npm'].map((text) => `--env=${text}`)
    const limits = [`--cpus=${cpus}`, `--cpu-shares=${CPU_SHARES}`, `--memory=${memoryMb}m`]
    return [`--user=${USER}`, '--workdir=/app', ...limits, ...lent, ...trust, ...npm]
  }
}

/** Milliseconds of the work; what it returns tidies up, and does not count. */
export async function timed(work: () => Promise<() => Promise<unknown>>): Promise<number> {
  const begun = performance.now()
  const tidy = await work()
  const ms = performance.now() - begun
  await tidy()
  return ms
}

async function copyIn(tar: string, container: string): Promise<void> {
  const child = spawn('docker', ['cp', '-', `${container}:/app`], { stdio: ['pipe', 'ignore', 'inherit'] })
  const ended = once(child, 'exit')
  await pipeline(createReadStream(tar), child.stdin)
  const [code] = await ended
  if (code !== 0) throw new Error(`docker cp ended with ${code}`)
}
