import { EngineApi } from '../buildkit/engine-api.ts'
import { fileOfImage } from '../buildkit/image-file.ts'
import { BuildFailure } from '../errors.ts'
import type { BuildPlan, ProcessTypes } from '../plan.ts'

const METADATA = '/layers/config/metadata.toml'
const PROCESS_TYPE = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const WEB = 'web'

type Metadata = {
  buildpacks?: { id?: unknown; version?: unknown }[]
  processes?: { type?: unknown }[]
  'buildpack-default-process-type'?: unknown
}

/** The plan of an image that a builder has made, with what its buildpacks say of it. */
export async function ofBuilder(socketPath: string, image: string, plan: BuildPlan, signal: AbortSignal) {
  return await withMetadata(plan, await fileOfImage(new EngineApi(socketPath), image, METADATA, signal))
}

/**
 * The plan with what only the buildpacks know: which they were, and what they start. The Procfile wins. `text` is the
 * metadata.toml that the lifecycle wrote. Throws BuildFailure `builder.no-metadata` or `builder.no-start`.
 */
export async function withMetadata(plan: BuildPlan, text: string | undefined): Promise<BuildPlan> {
  const { buildpacks = [], processes = [], ...rest } = await readMetadata(text)
  const types = processes.map(({ type }) => String(type))
  const processTypes = { ...started(types, rest['buildpack-default-process-type']), ...plan.processTypes }
  const ran = buildpacks.map(({ id, version }) => `${id} ${version}`)
  if (Object.keys(processTypes).length === 0) throw nothingToStart(ran)
  const left = types.filter((type) => !PROCESS_TYPE.test(type))
  return {
    ...plan,
    processTypes,
    notes: [...(plan.notes ?? []), `Built by ${ran.join(', ')}.`],
    warnings: [
      ...plan.warnings,
      ...left.map((type) => `The process type ${JSON.stringify(type)} of the builder was left out.`),
    ],
  }
}

/** The launcher starts each by its name; `web` is what the image itself starts. */
function started(types: string[], preferred: unknown): ProcessTypes {
  const usable = types.filter((type) => PROCESS_TYPE.test(type))
  const all: [string, string | null][] = usable.map((type) => [type, type === WEB ? null : processOf(type)])
  const stands = !usable.includes(WEB) && typeof preferred === 'string' && usable.includes(preferred)
  return Object.fromEntries(stands ? [...all, [WEB, processOf(preferred)]] : all)
}

function processOf(type: string): string {
  return `/cnb/process/${type}`
}

async function readMetadata(text: string | undefined): Promise<Metadata> {
  const { parse } = await import('smol-toml')
  try {
    return parse(text ?? missing()) as Metadata
  } catch (cause) {
    const message = `The lifecycle left no ${METADATA} that can be read, which says what the image starts.`
    throw new BuildFailure('builder.no-metadata', message, { fix: 'Use another version of the builder.' }, { cause })
  }
}

function missing(): never {
  throw new Error('there is none, or it is larger than a megabyte')
}

function nothingToStart(ran: string[]): BuildFailure {
  const message = `Nothing says how the app starts: there is no Procfile, and ${ran.join(', ') || 'the builder'} names no process.`
  return new BuildFailure('builder.no-start', message, {
    fix: 'Add a Procfile with a line such as `web: ./server`, commit and push again.',
  })
}
