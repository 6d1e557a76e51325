import { readdir, readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { BuildOptions, Plugin } from 'esbuild'
import { bundle, ROOT } from './bundle.ts'

/**
 * The file must run as a script and as a module, because a file called `paas` is what the nearest package.json says.
 * Node's own modules are all that is left to require. The first line, for the kernel, is that of main.ts.
 */
const BANNER = `"use strict"; var require = process.getBuiltinModule("node:module").createRequire(process.execPath);`

/**
 * Bundles cli/ into one executable file that needs Node 20.16 or later and nothing else; and beside it the planner of
 * builds, as large as everything else together, which is loaded when a build is to be planned.
 */
async function buildCli(outfile: string): Promise<void> {
  const planner = `${outfile}-planner.cjs`
  await executable('cli/planner.ts', planner, { PAAS_ASSETS: JSON.stringify(await assets()) })
  const manifest = JSON.parse(await readFile(resolve(ROOT, 'package.json'), 'utf8')) as { version: string }
  const define = { PAAS_VERSION: JSON.stringify(manifest.version) }
  await executable('cli/main.ts', outfile, define, [beside(/\/planner\.ts$/, planner), clientsHalf])
}

async function executable(entry: string, outfile: string, define: Record<string, string>, plugins: Plugin[] = []) {
  const options: BuildOptions = {
    minify: true,
    format: 'cjs',
    target: 'node20',
    banner: { js: BANNER },
    define: {
      ...define,
      // ws asks for optional native modules unless told not to.
      'process.env.WS_NO_BUFFER_UTIL': '"1"',
      'process.env.WS_NO_UTF_8_VALIDATE': '"1"',
    },
    plugins,
  }
  await bundle(entry, outfile, options, 0o755)
}

/** Leaves a module out of the bundle: it is the file of that name in the same directory. */
function beside(filter: RegExp, file: string): Plugin {
  return {
    name: 'beside',
    setup: ({ onResolve }) => onResolve({ filter }, () => ({ path: `./${basename(file)}`, external: true })),
  }
}

/** Of ws: the command line answers nobody, and never asks for compression; what is left of that is its name. */
const clientsHalf: Plugin = {
  name: 'clients-half',
  setup({ onLoad }) {
    onLoad({ filter: /\/ws\/lib\/websocket-server\.js$/ }, () => ({ contents: '' }))
    onLoad({ filter: /\/ws\/lib\/permessage-deflate\.js$/ }, () => ({ contents: NO_COMPRESSION }))
  },
}
const NO_COMPRESSION = `module.exports = { extensionName: 'permessage-deflate' }`

/** Files that buildpacks put into apps, for Dockerfiles that do without the platform. */
async function assets(): Promise<Record<string, string>> {
  const directory = resolve(ROOT, 'builder/buildpacks')
  const names = (await readdir(directory)).filter((name) => name.endsWith('.mjs'))
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(resolve(directory, name), 'utf8')])),
  )
}

const { values } = parseArgs({ options: { outfile: { type: 'string', default: resolve(ROOT, 'dist/paas') } } })
await buildCli(resolve(values.outfile))
