import { BuildFailure } from '../errors.ts'
import { submoduleSections } from '../git-config.ts'
import { contentOf, type Member } from '../members.ts'
import { httpsUrl } from './https.ts'
import type { GitLink } from './repository.ts'

/** `git@github.com:ada/lib.git`, `ssh://git@github.com/ada/lib.git`. */
const BY_SSH = /^(?:ssh:\/\/)?(?:[\w.-]+@)([\w.-]+)(?::\d+\/|[:/])(.+)$/
const MAX_CONFIG_BYTES = 256 * 1024

export type Submodule = GitLink & { url: string }

/** The links of a tree that `.gitmodules` gives an address for, which has to be one by https. */
export function submodulesOf(members: Member[], links: GitLink[], repository: string | null): Submodule[] {
  const addresses = addressesIn(members)
  return links.flatMap((link) => {
    const given = addresses.get(link.path)
    return given === undefined ? [] : [{ ...link, url: resolved(link.path, given, repository) }]
  })
}

/** By path. */
function addressesIn(members: Member[]): Map<string, string> {
  const config = members.find(({ path, kind }) => path === '.gitmodules' && kind === 'file')
  if (!config || config.size > MAX_CONFIG_BYTES) return new Map()
  const pairs = submoduleSections(contentOf(config)).map(
    ({ values }) => [values.get('path'), values.get('url')] as const,
  )
  return new Map(pairs.filter((pair): pair is [string, string] => !pair.includes(undefined)))
}

/** `../lib.git` stands beside the repository that it is read in (gitmodules(5)). */
function resolved(path: string, url: string, repository: string | null): string {
  if (/^\.{1,2}\//.test(url)) {
    if (repository === null) throw notAbsolute(path, url)
    return httpsUrl(new URL(url, `${repository.replace(/\/+$/, '')}/`).href).href
  }
  if (/^https:\/\//i.test(url)) return httpsUrl(url).href
  throw notHttps(path, url)
}

function notAbsolute(path: string, url: string): BuildFailure {
  return new BuildFailure(
    'submodule.relative',
    `The submodule ${path} is at ${url}, and a push does not tell beside which repository that is.`,
    {
      fix: 'Write its whole address into .gitmodules, commit and push again.',
      command: `git submodule set-url ${path} https://example.com/OWNER/REPOSITORY.git`,
    },
  )
}

function notHttps(path: string, url: string): BuildFailure {
  const [, host = 'example.com', place = 'OWNER/REPOSITORY.git'] = BY_SSH.exec(url) ?? []
  return new BuildFailure(
    'submodule.protocol',
    `The submodule ${path} is at ${url}, and submodules are fetched by https alone.`,
    {
      fix: 'Give it the https address, which has to be readable without a password; commit and push again.',
      command: `git submodule set-url ${path} https://${host}/${place}`,
    },
  )
}
