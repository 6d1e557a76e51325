import { BuildFailure } from '../../errors.ts'
import type { Cache } from '../../plan.ts'
import type { PackageJson } from '../package-json.ts'
import { angularSite } from './angular.ts'
import type { Tree } from './tree.ts'

/** How an app of a framework runs, where its own scripts do not say. */
export type Framework = {
  /** What the user reads: `Next.js`. */
  title: string
  /** The package that gave it away. */
  dependency: string
  /** A command that listens on PORT at every address. */
  start?: string
  /** Instead of a command: a directory of files, and whether unknown paths belong to its one page. */
  site?: { directory: string; spa: boolean }
  /** All that the image needs, where that is not the whole tree. */
  outputs?: string[]
  /** Start scripts that mean the same, and give way to `start`. */
  replaces?: RegExp
  afterBuild?: string[][]
  caches?: Cache[]
  environment?: Record<string, string>
  /** For the build script. */
  variables?: Record<string, string>
  warning?: string
  /** Why it cannot be started as it is. */
  failure?: BuildFailure
}

type App = { source: Tree; json: PackageJson; has: (dependency: string) => boolean }
type Rule = {
  title: string
  dependency: string
  decide: (app: App) => Omit<Framework, 'title' | 'dependency'> | undefined
}

/** In order: a framework that stands on another one comes first. */
const RULES: Rule[] = [
  { title: 'Next.js', dependency: 'next', decide: next },
  { title: 'Nuxt', dependency: 'nuxt', decide: nuxt },
  { title: 'SvelteKit', dependency: '@sveltejs/kit', decide: svelteKit },
  { title: 'React Router', dependency: '@react-router/dev', decide: reactRouter },
  { title: 'Remix', dependency: '@remix-run/dev', decide: remix },
  { title: 'Astro', dependency: 'astro', decide: astro },
  { title: 'Gatsby', dependency: 'gatsby', decide: () => site('public', false, [{ id: 'gatsby', path: '.cache' }]) },
  {
    title: 'Angular',
    dependency: '@angular/core',
    decide: ({ source, has }) => angularSite(source, has('@angular/ssr')),
  },
  { title: 'Vue CLI', dependency: '@vue/cli-service', decide: () => site('dist', true, PACKAGES_CACHE) },
  { title: 'Create React App', dependency: 'react-scripts', decide: () => site('build', true, PACKAGES_CACHE) },
  { title: 'Vite', dependency: 'vite', decide: vite },
]

/** Which platform it is for, adapter-auto tells by such variables; this one makes it take the adapter for Node.js. */
const ADAPTER_AUTO = { GCP_BUILDPACKS: 'true' }

const PACKAGES_CACHE: Cache[] = [{ id: 'node-modules', path: 'node_modules/.cache' }]

export function detectFramework(source: Tree, json: PackageJson): Framework | undefined {
  const has = (name: string) => name in json.dependencies || name in json.devDependencies
  for (const { title, dependency, decide } of RULES) {
    const decision = has(dependency) ? decide({ source, json, has }) : undefined
    if (decision) return { title, dependency, ...decision }
  }
  return undefined
}

function site(directory: string, spa: boolean, caches: Cache[] = []): Omit<Framework, 'title' | 'dependency'> {
  return { site: { directory, spa }, outputs: [directory], caches }
}

function next({ source }: App): Omit<Framework, 'title' | 'dependency'> {
  const config = configText(source, 'next.config')
  const own = /\bdistDir\s*:/.test(config)
  const caches = own ? [] : [{ id: 'next', path: '.next/cache' }]
  const output = /\boutput\s*:\s*["'`](\w+)/.exec(config)?.[1]
  if (output === 'export' && !own) return { ...site('out', false), caches }
  if (output !== 'standalone' || own) return { start: 'next start', caches }
  const copies = [['cp', '-R', '.next/static', '.next/standalone/.next/static']]
  if (source.hasDirectory('public')) copies.push(['cp', '-R', 'public', '.next/standalone/public'])
  return {
    start: 'node .next/standalone/server.js',
    replaces: /^next start$|^node \.next\/standalone\/server\.js$/,
    outputs: ['.next/standalone'],
    afterBuild: copies,
    environment: { HOSTNAME: '0.0.0.0' },
    caches,
  }
}

function nuxt({ json }: App): Omit<Framework, 'title' | 'dependency'> {
  if (/\bgenerate\b/.test(json.scripts['build'] ?? '')) return site('.output/public', false)
  return { start: 'node .output/server/index.mjs', outputs: ['.output'] }
}

function svelteKit({ source, has }: App): Omit<Framework, 'title' | 'dependency'> {
  const config = configText(source, 'svelte.config') + configText(source, 'vite.config')
  const environment = { PROTOCOL_HEADER: 'x-forwarded-proto', HOST_HEADER: 'x-forwarded-host' }
  if (has('@sveltejs/adapter-node')) return { start: 'node build', environment }
  if (has('@sveltejs/adapter-static')) return site('build', /\bfallback\s*:/.test(config))
  if (!has('@sveltejs/adapter-auto')) {
    return { failure: noAdapter('SvelteKit', '@sveltejs/adapter-node', 'the configuration', 'npm install --save-dev') }
  }
  return {
    start: 'node build',
    environment,
    variables: ADAPTER_AUTO,
    warning:
      '@sveltejs/adapter-auto fetches @sveltejs/adapter-node at each build, in whatever version is the newest. To lock it, run `npm install --save-dev @sveltejs/adapter-node` and name it in place of adapter-auto.',
  }
}

function reactRouter({ source, has }: App): Omit<Framework, 'title' | 'dependency'> | undefined {
  if (/\bssr\s*:\s*false/.test(configText(source, 'react-router.config'))) return site('build/client', true)
  return has('@react-router/serve') ? { start: 'react-router-serve ./build/server/index.js' } : undefined
}

function remix({ source, has }: App): Omit<Framework, 'title' | 'dependency'> | undefined {
  if (/\bssr\s*:\s*false/.test(configText(source, 'vite.config'))) return site('build/client', true)
  return has('@remix-run/serve') ? { start: 'remix-serve ./build/server/index.js' } : undefined
}

function astro({ source, has }: App): Omit<Framework, 'title' | 'dependency'> {
  const directory = outDirectory(configText(source, 'astro.config')) ?? 'dist'
  if (has('@astrojs/node')) return { start: `node ./${directory}/server/entry.mjs`, environment: { HOST: '0.0.0.0' } }
  if (['@astrojs/vercel', '@astrojs/netlify', '@astrojs/cloudflare'].some(has)) {
    return { failure: noAdapter('Astro', '@astrojs/node', 'astro.config.mjs', 'npx astro add') }
  }
  return site(directory, false, [{ id: 'astro', path: 'node_modules/.astro' }])
}

/** Pages of a single-page app; where Vite only makes a part of a server's app, its build script says more than this. */
function vite({ source, json }: App): Omit<Framework, 'title' | 'dependency'> | undefined {
  if (!/\bvite\s+build\b/.test(json.scripts['build'] ?? '') || !source.has('index.html')) return undefined
  return site(outDirectory(configText(source, 'vite.config')) ?? 'dist', true)
}

function outDirectory(config: string): string | undefined {
  return /\boutDir\s*:\s*["'`]\.?\/?([\w-][\w./-]*?)\/?["'`]/.exec(config)?.[1]
}

function configText(source: Tree, name: string): string {
  const file = ['js', 'mjs', 'cjs', 'ts', 'mts']
    .map((extension) => `${name}.${extension}`)
    .find((each) => source.has(each))
  return file === undefined ? '' : (source.text(file) ?? '').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}

function noAdapter(title: string, adapter: string, config: string, install: string): BuildFailure {
  return new BuildFailure(
    'node.no-adapter',
    `${title} builds for a platform through an adapter, and this app has none for a server of its own.`,
    {
      fix: `Install ${adapter} and name it in ${config}, then commit and push again. With a static adapter the pages are served as files.`,
      command: `${install} ${adapter === '@astrojs/node' ? 'node' : adapter}`,
    },
  )
}
