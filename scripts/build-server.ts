import { readFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Plugin } from 'esbuild'
import { bundle, ROOT } from './bundle.ts'

/**
 * Bundles server/ and builder/ into one file each, `main.cjs` and `builder.cjs`. Packages stay where they are, since those
 * that are loaded when they are first needed would all be in memory from the start; lines and names stay as well, for
 * whoever reads a stack trace. CommonJS, because an `import` of a module of Node's loads all that this module can do.
 */
async function buildServer(directory: string): Promise<void> {
  const options = {
    format: 'cjs',
    packages: 'external',
    banner: { js: `"use strict"; ${sourceFile(relative(directory, ROOT))}` },
  } as const
  const place = [whereSourcesAre]
  await bundle('builder/main.ts', resolve(directory, 'builder.cjs'), { ...options, plugins: place })
  await bundle('server/main.ts', resolve(directory, 'main.cjs'), { ...options, plugins: [builderBeside, ...place] })
}

/** Migrations, the console and what buildpacks put into apps are read from the places where they are in the repository. */
const whereSourcesAre: Plugin = {
  name: 'where-sources-are',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const meta = `sourceFile(${JSON.stringify(relative(ROOT, path))})`
      return { loader: 'ts', contents: (await readFile(path, 'utf8')).replaceAll(/\bimport\.meta\b/g, meta) }
    }),
}

/** What `import.meta` says in a source file, for a bundle in a directory from which the repository is at `root`. */
function sourceFile(root: string): string {
  return `function sourceFile(name) {
  const filename = require("node:path").resolve(__dirname, ${JSON.stringify(root)}, name);
  return { filename, dirname: require("node:path").dirname(filename), url: require("node:url").pathToFileURL(filename).href };
}`
}

/** The server in one file starts the builder in one file. */
const builderBeside: Plugin = {
  name: 'builder-beside',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/builder\/program\.ts$/ }, () => ({
      contents: 'export const PROGRAM = require("node:path").join(__dirname, "builder.cjs")',
    })),
}

const { values } = parseArgs({ options: { directory: { type: 'string', default: resolve(ROOT, 'dist/server') } } })
await buildServer(resolve(values.directory))
