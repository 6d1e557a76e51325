import { chmod, mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')

/**
 * The file must run as a script and as a module, because a file called `paas` is what the nearest package.json says.
 * Node's own modules are all that is left to require. The first line, for the kernel, is that of main.ts.
 */
const BANNER = `"use strict"; var require = process.getBuiltinModule("node:module").createRequire(process.execPath);`

/** Bundles cli/ into one executable file that needs Node 20.16 or later and nothing else. */
async function buildCli(outfile: string): Promise<void> {
  const manifest = JSON.parse(await readFile(resolve(root, 'package.json'), 'utf8')) as { version: string }
  const temporary = `${outfile}.${process.pid}.tmp`
  await mkdir(dirname(outfile), { recursive: true })
  await build({
    entryPoints: [resolve(root, 'cli/main.ts')],
    outfile: temporary,
    bundle: true,
    minify: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    banner: { js: BANNER },
    define: {
      PAAS_VERSION: JSON.stringify(manifest.version),
      PAAS_ASSETS: JSON.stringify(await assets()),
      // ws asks for optional native modules unless told not to.
      'process.env.WS_NO_BUFFER_UTIL': '"1"',
      'process.env.WS_NO_UTF_8_VALIDATE': '"1"',
    },
    logLevel: 'warning',
  })
  await chmod(temporary, 0o755)
  await rename(temporary, outfile)
}

/** Files that buildpacks put into apps, for Dockerfiles that do without the platform. */
async function assets(): Promise<Record<string, string>> {
  const directory = resolve(root, 'builder/buildpacks')
  const names = (await readdir(directory)).filter((name) => name.endsWith('.mjs'))
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(resolve(directory, name), 'utf8')])),
  )
}

const { values } = parseArgs({ options: { outfile: { type: 'string', default: resolve(root, 'dist/paas') } } })
await buildCli(resolve(values.outfile))
