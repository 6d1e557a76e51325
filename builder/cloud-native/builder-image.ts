import { type EngineApi, EngineRefusal } from '../buildkit/engine-api.ts'
import { BuildFailure, messageOf } from '../errors.ts'
import type { Output } from '../output.ts'
import { pullImage } from '../stack/pull.ts'
import { nameMistake } from './image-name.ts'

/** Of the Platform API; the highest that the lifecycle knows, too, is spoken. */
export const PLATFORM_APIS = ['0.14', '0.13', '0.12', '0.11', '0.10', '0.9', '0.8', '0.7']
const METADATA = 'io.buildpacks.builder.metadata'
const DISTRO = { name: 'io.buildpacks.base.distro.name', version: 'io.buildpacks.base.distro.version' }

/** What a build has to know of its builder. */
export type BuilderImage = {
  image: string
  /** Who its buildpacks run as. */
  user: number
  group: number
  platformApi: string
  /** What the app's image stands on. */
  runImage: RunImage
}

export type RunImage = { image: string; id: string; os: string; arch: string; distro: Partial<typeof DISTRO> }

type Inspected = {
  Id: string
  Os?: string
  Architecture?: string
  Config?: { Env?: string[] | null; Labels?: Record<string, string> | null; OnBuild?: string[] | null } | null
}

type Surroundings = { output: Output; signal: AbortSignal }

/** Both images are pulled where the engine does not have them. Throws BuildFailure `builder.*`. */
export async function builderImage(api: EngineApi, name: string, surroundings: Surroundings): Promise<BuilderImage> {
  const image = tagged(name)
  const builder = await found(api, image, surroundings, unavailable)
  if (hasTriggers(builder)) throw notABuilder(image, 'it has ONBUILD instructions')
  const { lifecycle, runImages } = readMetadata(builder.Config?.Labels?.[METADATA], image)
  return {
    image,
    user: idIn(builder, 'CNB_USER_ID', image),
    group: idIn(builder, 'CNB_GROUP_ID', image),
    platformApi: commonApi(lifecycle, image),
    runImage: await runImageOf(api, image, runImages, surroundings),
  }
}

/** One that the engine has already, else the first that can be pulled. */
async function runImageOf(api: EngineApi, builder: string, names: string[], around: Surroundings): Promise<RunImage> {
  const images = names.filter((name) => nameMistake(name) === undefined).map(tagged)
  const [first] = images
  if (first === undefined) throw notABuilder(builder, 'it names no run image that can be used')
  const there = await firstOf(api, images, around.signal)
  const [image, run] = there ?? [
    first,
    await found(api, first, around, (name, why) => runImageMissing(builder, name, why)),
  ]
  if (hasTriggers(run)) throw notABuilder(builder, `its run image ${image} has ONBUILD instructions`)
  return described(image, run)
}

async function firstOf(
  api: EngineApi,
  images: string[],
  signal: AbortSignal,
): Promise<[string, Inspected] | undefined> {
  for (const image of images) {
    const there = await inspected(api, image, signal)
    if (there) return [image, there]
  }
  return undefined
}

/** They would be carried out in our build, and may name the images of other apps. */
function hasTriggers({ Config }: Inspected): boolean {
  return (Config?.OnBuild ?? []).length > 0
}

function described(image: string, { Id, Os = 'linux', Architecture = 'amd64', Config }: Inspected): RunImage {
  const labels = Config?.Labels ?? {}
  const distro = Object.entries(DISTRO).flatMap(([key, label]) => (labels[label] ? [[key, labels[label]]] : []))
  return { image, id: Id, os: Os, arch: Architecture, distro: Object.fromEntries(distro) }
}

async function found(
  api: EngineApi,
  image: string,
  { output, signal }: Surroundings,
  missing: (image: string, reason: string) => BuildFailure,
): Promise<Inspected> {
  const there = await inspected(api, image, signal)
  if (there) return there
  output.line(`Pulling ${image}`)
  try {
    await pullImage(api, image, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw missing(image, messageOf(error))
  }
  const pulled = await inspected(api, image, signal)
  if (pulled) return pulled
  throw missing(image, 'the engine does not have it although it was pulled')
}

async function inspected(api: EngineApi, image: string, signal: AbortSignal): Promise<Inspected | undefined> {
  try {
    return (await api.json('GET', `/images/${image}/json`, { signal })) as Inspected
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 404) return undefined
    throw error
  }
}

/** Never the id of an image, which the engine would take for a name. */
function tagged(name: string): string {
  return /[:@][^/]*$/.test(name) ? name : `${name}:latest`
}

type Metadata = { lifecycle: string[]; runImages: string[] }
type RunImageNames = { image?: string; mirrors?: string[] | null }

/** As `pack builder create` writes it. */
function readMetadata(label: string | undefined, image: string): Metadata {
  if (label === undefined) throw notABuilder(image, `it has no label ${METADATA}`)
  try {
    const { lifecycle, stack, images } = JSON.parse(label) as {
      lifecycle?: { api?: { platform?: string }; apis?: { platform?: Record<string, string[] | null> } }
      stack?: { runImage?: RunImageNames }
      images?: RunImageNames[] | null
    }
    const { deprecated, supported } = lifecycle?.apis?.platform ?? {}
    const apis = [...(supported ?? []), ...(deprecated ?? []), lifecycle?.api?.platform ?? []].flat().map(String)
    const all = [...(stack?.runImage ? [stack.runImage] : []), ...(images ?? [])]
    const names = all.flatMap((run) => [run.image, ...(run.mirrors ?? [])]).filter((name) => typeof name === 'string')
    return { lifecycle: apis, runImages: [...new Set(names.filter((name) => name !== ''))] }
  } catch (error) {
    throw notABuilder(image, `its label ${METADATA} cannot be read: ${messageOf(error)}`)
  }
}

function idIn({ Config }: Inspected, name: string, image: string): number {
  const value = Config?.Env?.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1)
  if (value !== undefined && /^\d{1,9}$/.test(value) && Number(value) > 0) return Number(value)
  throw notABuilder(
    image,
    `its ${name} is ${value === undefined ? 'not set' : `${value}, and buildpacks never run as root`}`,
  )
}

function commonApi(known: string[], image: string): string {
  const common = PLATFORM_APIS.find((version) => known.includes(version))
  if (common !== undefined) return common
  throw new BuildFailure(
    'builder.lifecycle',
    `The lifecycle of the builder ${image} speaks the Platform API ${known.join(', ') || 'in no version that it names'}; paas speaks ${PLATFORM_APIS.at(-1)} to ${PLATFORM_APIS[0]}.`,
    { fix: 'Use another version of the builder.', command: 'paas build:set builder=IMAGE' },
  )
}

function notABuilder(image: string, reason: string): BuildFailure {
  return new BuildFailure('builder.invalid', `${image} is no builder of Cloud Native Buildpacks: ${reason}.`, {
    fix: 'Name a builder image, such as paketobuildpacks/builder-jammy-base.',
    command: 'paas build:set builder=IMAGE',
  })
}

function unavailable(image: string, reason: string): BuildFailure {
  return missing(
    'builder.unavailable',
    `The builder ${image} is not on the box and could not be pulled: ${reason}.`,
    image,
  )
}

function runImageMissing(builder: string, image: string, reason: string): BuildFailure {
  const message = `The builder ${builder} puts apps on the run image ${image}, which is not on the box and could not be pulled: ${reason}.`
  return missing('builder.run-image-unavailable', message, image)
}

function missing(code: string, message: string, image: string): BuildFailure {
  const fix =
    'Check its name, and that the box reaches its registry without signing in; or load it on the box first, there:'
  return new BuildFailure(code, message, { fix, command: `docker pull ${image}`, retryable: true })
}
