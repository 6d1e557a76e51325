import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build } from 'vite'

const root = resolve(import.meta.dirname, '../web')
const outDir = join(root, 'dist')

// Where this is run by a test, React would bring all that helps its developers.
process.env['NODE_ENV'] = 'production'

/** Bundles web/ into web/dist, with a brotli and a gzip copy beside each file: nothing is compressed while it is served. */
await build({
  root,
  configFile: false,
  logLevel: 'error',
  oxc: { jsx: { runtime: 'automatic' } },
  build: { outDir, emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
})
for (const entry of await readdir(outDir, { recursive: true, withFileTypes: true })) {
  if (entry.isFile()) await compress(join(entry.parentPath, entry.name))
}

async function compress(file: string): Promise<void> {
  const bytes = await readFile(file)
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, best))
  await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }))
}
