import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle, ROOT } from './bundle.ts'

/** Names stay as they are: whoever reads a stack trace at night should find the place. */
const OPTIONS = { format: 'esm', minifySyntax: true, minifyWhitespace: true } as const

/** The ACME package is CommonJS and asks for node's modules by `require`, which a module does not have. */
const REQUIRE = `const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);`

/**
 * Bundles router/ into two files that need Node and nothing else: `main.mjs`, and `issuer.mjs`, which speaks with issuers of
 * certificates in a process of its own. From one file the router takes 12 MB less than from its two hundred.
 */
async function buildRouter(directory: string): Promise<void> {
  await bundle('router/main.ts', resolve(directory, 'main.mjs'), { ...OPTIONS, external: ['acme-client'] })
  await bundle('router/tls/issuer/main.ts', resolve(directory, 'issuer.mjs'), { ...OPTIONS, banner: { js: REQUIRE } })
}

const { values } = parseArgs({ options: { directory: { type: 'string', default: resolve(ROOT, 'dist/router') } } })
await buildRouter(resolve(values.directory))
