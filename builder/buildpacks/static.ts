import type { BuildPlan } from '../plan.ts'
import type { Source } from '../source.ts'
import type { Buildpack } from './buildpack.ts'
import { DEFAULT_NODE } from './node/version.ts'

const ROOTS = ['.', 'public', 'dist']
const SERVER = '.paas/static-server.mjs'

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
      assets: [{ path: SERVER, asset: 'static-server.mjs' }],
      processTypes: { web: `node ${SERVER} ${siteRoot(source) ?? '.'}` },
      warnings: [],
    }
  },
}

function siteRoot(source: Source): string | undefined {
  return ROOTS.find((root) => source.has(indexOf(root)))
}

function indexOf(root: string): string {
  return root === '.' ? 'index.html' : `${root}/index.html`
}
