import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { assetFile } from '../assets.ts'
import type { BuildRequest } from '../build.ts'
import type { ExtraFile } from '../buildkit/context.ts'
import { EngineApi } from '../buildkit/engine-api.ts'
import { ignoresWithin, readIgnoreRules } from '../ignore-rules.ts'
import type { ImageOptions } from '../image.ts'
import type { Output } from '../output.ts'
import type { CloudNative } from '../plan.ts'
import type { Source } from '../source.ts'
import { trustVariables } from '../trust.ts'
import { type BuilderImage, builderImage } from './builder-image.ts'
import { BROUGHT, renderCloudNative } from './dockerfile.ts'

type CloudNativeBuild = {
  request: BuildRequest & { endpoint: { kind: 'docker' } }
  asked: CloudNative
  source: Source
  output: Output
  signal: AbortSignal
}

type Recipe = Pick<ImageOptions, 'dockerfile' | 'entryFilter' | 'extraFiles' | 'buildArgs'>

/** The build of a builder image. Throws BuildFailure `builder.*`. */
export async function cloudNativeRecipe(
  { request, asked, source, output, signal }: CloudNativeBuild,
  stack: string,
): Promise<Recipe> {
  const api = new EngineApi(request.endpoint.socketPath)
  const builder = await builderImage(api, asked.builder, { output, signal })
  const wanted = wantedBy(asked)
  return {
    dockerfile: renderCloudNative(builder, {
      stack,
      app: request.app,
      certificates: request.certificateBundle !== null,
      arch: process.arch,
    }),
    entryFilter: (path) => {
      const entry = source.entries.get(path)
      return entry !== undefined && wanted(path, entry.kind === 'directory')
    },
    extraFiles: broughtFiles(asked, builder),
    buildArgs: request.proxy ?? {},
  }
}

/** `include` and `exclude` of project.toml: what is left out is not there when buildpacks look. */
export function wantedBy({ include, exclude }: CloudNative): (path: string, isDirectory: boolean) => boolean {
  const rules = readIgnoreRules((include ?? exclude).join('\n'))
  if (include === null) return (path, isDirectory) => !ignoresWithin(rules, path, isDirectory)
  return (path, isDirectory) => ignoresWithin(rules, path, isDirectory)
}

/** What carries the lifecycle out, and what it is to do. */
function broughtFiles({ buildpacks, before, after, variables }: CloudNative, builder: BuilderImage): ExtraFile[] {
  const { platformApi, runImage } = builder
  const trust = Object.keys(trustVariables(''))
  const settings = { platformApi, runImage, buildpacks, before, after, variables, trust }
  const reader = dirname(dirname(createRequire(import.meta.url).resolve('smol-toml')))
  const scripts = readdirSync(join(reader, 'dist')).filter((name) => name.endsWith('.js'))
  const files = ['package.json', ...scripts.map((name) => `dist/${name}`)]
  return [
    { path: 'run.mjs', content: readFileSync(assetFile('lifecycle-run.mjs')) },
    { path: 'settings.json', content: JSON.stringify(settings) },
    ...files.map((name) => ({ path: `node_modules/smol-toml/${name}`, content: readFileSync(join(reader, name)) })),
  ].map(({ path, content }) => ({ path: `${BROUGHT}/${path}`, content }))
}
