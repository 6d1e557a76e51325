import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BuildRequest } from '../build.ts'
import { BuildFailure, hasErrorCode } from '../errors.ts'
import { type Member, membersOf, writeMembers } from '../members.ts'
import type { Output } from '../output.ts'
import { httpsUrl } from './https.ts'
import { withLfsObjects } from './lfs.ts'
import { type FetchTools, fetchTree, type GitLink } from './repository.ts'
import { submodulesOf } from './submodules.ts'
import { WayOut } from './way-out.ts'

/** As for a push; of all that one build fetches. */
const MAX_FETCH_BYTES = 512 * 1024 ** 2
/** Headers of as many files as a tree may have. */
const ROOM_BYTES = 200 * 1024 ** 2
const MAX_SUBMODULES = 50
const MAX_DEPTH = 5

export type Surroundings = { path: string; output: Output; signal: AbortSignal }
type Tree = { name: string; tar: string; url: string | null; links: GitLink[] }

/** Everything of one build that comes from elsewhere. */
export class Fetching {
  readonly #request: BuildRequest
  readonly #output: Output
  readonly #tools: FetchTools
  #submodules = 0

  constructor(request: BuildRequest, directory: string, { path, output, signal }: Surroundings) {
    const network = request.network ?? { privateHosts: [], proxy: null, noProxy: [] }
    this.#request = request
    this.#output = output
    this.#tools = {
      directory,
      path,
      way: new WayOut(network, { bytes: MAX_FETCH_BYTES }),
      certificates: request.certificateBundle,
      maxTreeBytes: request.limits.maxTreeBytes + ROOM_BYTES,
      signal,
    }
  }

  async whole(): Promise<{ tar: string; commit: string }> {
    const { repository, settings, sourceTar, sourceVersion } = this.#request
    const fetched = repository ? await this.#fetch(repository) : undefined
    const commit = fetched?.commit ?? sourceVersion
    const tree = fetched ?? { name: 'source', tar: sourceTar, url: null, links: linksBeside(sourceTar) }
    if (!settings?.submodules && !settings?.lfs) return { tar: tree.tar, commit }
    const tar = join(this.#tools.directory, 'whole.tar')
    await writeMembers(await this.#completed(tree, 0), tar)
    return { tar, commit }
  }

  async #fetch({ url, ref }: NonNullable<BuildRequest['repository']>): Promise<Tree & { commit: string }> {
    this.#output.heading(`Fetching ${url}`)
    const place = httpsUrl(url).href
    const tree = await fetchTree('source', place, ref ?? 'HEAD', this.#tools)
    this.#output.line(`${ref ?? 'Its default branch'} is at ${tree.commit.slice(0, 7)}`)
    this.#output.source(tree.commit)
    return { name: 'source', url: place, ...tree }
  }

  async #completed(tree: Tree, depth: number): Promise<Member[]> {
    const members = await this.#withLfs(tree)
    if (!this.#request.settings?.submodules) return members
    const submodules = submodulesOf(members, tree.links, tree.url)
    if (submodules.length > 0 && depth === MAX_DEPTH) throw tooDeep()
    const filled = new Set(submodules.map(({ path }) => path))
    const all = [members.filter(({ path }) => !filled.has(path))]
    for (const { path, commit, url } of submodules) {
      const name = `submodule-${this.#count()}`
      this.#output.heading(`Fetching the submodule ${path}`)
      this.#output.line(`${url} at ${commit.slice(0, 7)}`)
      const fetched = await fetchTree(name, url, commit, this.#tools)
      const inner = await this.#completed({ name, url, ...fetched }, depth + 1)
      all.push(inner.map((member) => ({ ...member, path: `${path}/${member.path}` })))
    }
    return all.flat()
  }

  async #withLfs({ tar, url }: Tree): Promise<Member[]> {
    const members = membersOf(tar).filter(({ path }) => path !== '' && path !== '.')
    const { settings, limits } = this.#request
    if (!settings?.lfs) return members
    const found = await withLfsObjects(members, url, limits, this.#tools)
    if (found.fetched > 0) this.#output.line(`${found.fetched} files come from Git LFS`)
    return found.members
  }

  #count(): number {
    this.#submodules += 1
    if (this.#submodules <= MAX_SUBMODULES) return this.#submodules
    throw new BuildFailure('submodule.too-many', `The tree has more than ${MAX_SUBMODULES} submodules.`, {
      fix: 'Put those that the app needs into its own repository.',
    })
  }
}

/** Which commits a push wants where: a tar has no word for it. */
function linksBeside(sourceTar: string): GitLink[] {
  try {
    return JSON.parse(readFileSync(`${sourceTar}.links`, 'utf8')) as GitLink[]
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return []
    throw error
  }
}

function tooDeep(): BuildFailure {
  return new BuildFailure('submodule.too-deep', `Submodules lie in one another more than ${MAX_DEPTH} deep.`, {
    fix: 'Put those that the app needs into its own repository.',
  })
}
