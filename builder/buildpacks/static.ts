import type { BuildPlan } from '../plan.ts'
import type { Source } from '../source.ts'
import type { Buildpack } from './buildpack.ts'
import { DEFAULT_NODE } from './node/version.ts'

const ROOTS = ['.', 'public', 'dist']
const SERVER = '.paas/static-server.mjs'

/** The file server and what it imports, for every buildpack that serves files. */
export const FILE_SERVER_ASSETS = ['static-server.mjs', 'static-rules.mjs'].map((asset) => ({
  path: `.paas/${asset}`,
  asset,
}))

/** Files as they are: a directory with an index page, served by a small server of our own. */
export const staticSite: Buildpack = {
  name: 'static',
  title: 'Static site',
  detect(source) {
    const root = siteRoot(source)
    return root === undefined ? undefined : indexOf(root)
  },
  plan(source, because): BuildPlan {
    return {
      buildpack: 'static',
      title: 'Static site',
      because,
      runtimes: [{ name: 'node', version: DEFAULT_NODE, because: 'the file server' }],
      packages: [],
      steps: [],
      outputs: ['.'],
      environment: {},
      assets: FILE_SERVER_ASSETS,
      processTypes: { web: `node ${SERVER} ${siteRoot(source) ?? '.'}` },
      warnings: [],
    }
  },
}

/** As static.json has it, else where an index page is. */
function siteRoot(source: Source): string | undefined {
  const named = /"root"\s*:\s*"([\w./-]+)"/.exec(source.text('static.json') ?? '')?.[1]?.replace(/^\.?\/|\/$/g, '')
  if (named && source.has(`${named}/index.html`)) return named
  return ROOTS.find((root) => source.has(indexOf(root)))
}

function indexOf(root: string): string {
  return root === '.' ? 'index.html' : `${root}/index.html`
}
