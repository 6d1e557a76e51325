import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { assetFile } from './assets.ts'
import type { BuildRequest } from './build.ts'
import { scopeCacheMounts } from './buildkit/cache-mounts.ts'
import type { ExtraFile } from './buildkit/context.ts'
import { dockerIgnore } from './buildkit/dockerignore.ts'
import { EngineApi } from './buildkit/engine-api.ts'
import { fileOfImage } from './buildkit/image-file.ts'
import { withOutcome } from './classic/outcome.ts'
import { BuildpackOutput } from './classic/output.ts'
import { OUTCOME } from './classic/plan.ts'
import { LifecycleOutput } from './cloud-native/output.ts'
import { configVarsFile, renderDockerfile, stepMark } from './dockerfile.ts'
import { BuildFailure } from './errors.ts'
import { exceededFailure } from './exceeded.ts'
import { explain, typed } from './explain.ts'
import { buildImage, ImageBuildError, type ImageOptions, type ImageResult } from './image.ts'
import { cleanLine } from './lines.ts'
import type { Output } from './output.ts'
import { allSteps, type BuildPlan } from './plan.ts'
import { refusePlatformImages } from './platform-images.ts'
import { installMark, needsInstall, unavailable } from './runtime.ts'
import { type Source, within } from './source.ts'
import { ensureStack } from './stack/stack.ts'
import { StepProgress } from './step-progress.ts'

export type ContainerBuild = {
  request: BuildRequest & { endpoint: { kind: 'docker' } }
  source: Source
  plan: BuildPlan
  /** Files that are not of the source, for the steps that see the whole of it. */
  brought: ExtraFile[]
  output: Output
  signal: AbortSignal
}

export type ContainerImage = { image: string; sizeBytes: number; cachedSteps: number; plan: BuildPlan }

/** Names that a step's tools and home depend on; a config var of that name would break them. */
const NOT_FOR_STEPS = new Set(['PATH', 'HOME'])
const SECRET_BYTES = 16

/** Builds the plan by the container engine: the app's own Dockerfile, or one rendered from the plan. */
export async function buildContainerImage(build: ContainerBuild): Promise<ContainerImage> {
  const progress = new StepProgress(build.plan, build.output)
  const buildpacks = outputOf(build)
  try {
    const own = build.plan.dockerfile !== undefined
    const result = await buildImage({
      ...shared(build, progress, buildpacks),
      ...(own ? ownDockerfile(build) : await ofPlan(build)),
    })
    const plan = own ? completed(ofTarget(build), result) : await ofBuildpacks(build, result.image)
    return {
      image: result.image,
      sizeBytes: result.sizeBytes,
      cachedSteps: progress.cachedSteps ?? result.cachedSteps,
      plan,
    }
  } catch (error) {
    if (!(error instanceof ImageBuildError)) throw error
    throw (error.exceeded ? undefined : buildpacks?.failure(error.output)) ?? inOurWords(error, build)
  }
}

function outputOf({ plan, output }: ContainerBuild): BuildpackOutput | LifecycleOutput | undefined {
  if (plan.cloudNative) return new LifecycleOutput(plan.cloudNative, output)
  return plan.classic && new BuildpackOutput(plan.classic, output)
}

/**
 * Its end is told to nobody who builds: an `ONBUILD COPY --from` of a base image, which stands in no Dockerfile that could be
 * looked at, cannot name the image of another app.
 */
function imageName({ app, id }: BuildRequest): string {
  return `paas/${app}:${id}-${randomBytes(SECRET_BYTES).toString('hex')}`
}

type Recipe = Pick<ImageOptions, 'dockerfile' | 'entryFilter' | 'extraFiles' | 'buildArgs' | 'secrets' | 'target'>

function shared(
  { request, output, signal }: ContainerBuild,
  progress: StepProgress,
  buildpacks: BuildpackOutput | LifecycleOutput | undefined,
): Omit<ImageOptions, keyof Recipe> {
  return {
    socketPath: request.endpoint.socketPath,
    tag: imageName(request),
    sourceTar: request.sourceTar,
    labels: { ...request.endpoint.labels, 'paas.app': request.app, 'paas.build': request.id },
    noCache: request.noCache,
    limits: request.limits,
    signal,
    onLine: (line) => (buildpacks ?? output).line(cleanLine(line)),
    onStep: (step) => progress.report(step),
  }
}

/** Buildpacks of others have left word of what they found. */
async function ofBuildpacks({ request, plan, signal }: ContainerBuild, image: string): Promise<BuildPlan> {
  if (plan.cloudNative) {
    const { ofBuilder } = await import('./cloud-native/outcome.ts')
    return await ofBuilder(request.endpoint.socketPath, image, plan, signal)
  }
  if (!plan.classic) return plan
  const api = new EngineApi(request.endpoint.socketPath)
  return await withOutcome(plan, await fileOfImage(api, image, `/app/${OUTCOME}`, signal))
}

async function ofPlan(build: ContainerBuild): Promise<Recipe> {
  const { request, plan, output, signal } = build
  const stack = await ensureStack({
    socketPath: request.endpoint.socketPath,
    certificateBundle: request.certificateBundle,
    proxy: request.proxy ?? {},
    onLine: (line) => output.line(line),
    signal,
  })
  if (!plan.cloudNative) return rendered(build, stack)
  const { cloudNativeRecipe } = await import('./cloud-native/recipe.ts')
  const vars = { ...withoutReserved(request), SOURCE_VERSION: request.sourceVersion }
  return {
    ...(await cloudNativeRecipe({ ...build, asked: plan.cloudNative }, stack)),
    secrets: { ...certificates(request), env: Buffer.from(configVarsFile(vars)) },
  }
}

function rendered({ request, plan, source, brought }: ContainerBuild, stack: string): Recipe {
  const exclude = plan.exclude ?? []
  return {
    dockerfile: renderDockerfile(plan, {
      stack,
      app: request.app,
      certificates: request.certificateBundle !== null,
      runtimes: plan.runtimes.filter(needsInstall),
    }),
    entryFilter: (path) => source.entries.has(path) && !exclude.some((root) => within(path, root)),
    extraFiles: [
      ...(plan.assets ?? []).map(({ path, asset }) => ({ path, content: readFileSync(assetFile(asset)) })),
      ...brought,
    ],
    buildArgs: request.proxy ?? {},
    secrets: { ...certificates(request), env: Buffer.from(configVarsFile(stepEnvironment(request))) },
  }
}

/** Config vars are there for steps that ask: all as the secret `env`, each under its own name. */
function ownDockerfile({ request, plan, source, output }: ContainerBuild): Recipe {
  const text = source.text(plan.dockerfile ?? '') ?? ''
  const { args = {}, target } = request.settings ?? {}
  refusePlatformImages(text, args)
  output.heading(request.image ? `Taking ${request.image}` : `Building the ${plan.dockerfile}`)
  const wanted = dockerIgnore(source.text(`${plan.dockerfile}.dockerignore`) ?? source.text('.dockerignore') ?? '')
  const vars = Object.entries(request.environment).map(([name, value]) => [name, Buffer.from(value)])
  return {
    dockerfile: scopeCacheMounts(text, request.app),
    entryFilter: (path) => source.entries.has(path) && wanted(path),
    buildArgs: {
      // The engine gives them to every step, and keeps them out of history and cache keys.
      ...request.proxy,
      ...(/^\s*ARG\s+SOURCE_VERSION\b/im.test(text) ? { SOURCE_VERSION: request.sourceVersion } : {}),
      ...args,
    },
    ...(target ? { target } : {}),
    secrets: {
      ...Object.fromEntries(vars),
      ...certificates(request),
      env: Buffer.from(configVarsFile(request.environment)),
    },
  }
}

function stepEnvironment(request: BuildRequest): Record<string, string> {
  const { sourceVersion, id } = request
  return { ...withoutReserved(request), SOURCE_VERSION: sourceVersion, STACK: 'debian-12', REQUEST_ID: id }
}

function withoutReserved({ environment }: BuildRequest): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !NOT_FOR_STEPS.has(name)))
}

function certificates({ certificateBundle }: BuildRequest): Record<string, Buffer> {
  return certificateBundle === null ? {} : { ca: readFileSync(certificateBundle) }
}

/** The port that the file names last is not that of another stage. */
function ofTarget({ plan: { port, ...plan }, request: { settings } }: ContainerBuild): BuildPlan {
  return port === undefined || settings?.target ? plan : { ...plan, port }
}

/** What only the finished image tells: its port where the Dockerfile had a variable there, and whether it starts anything. */
function completed(plan: BuildPlan, image: ImageResult): BuildPlan {
  const starts = [...(image.entrypoint ?? []), ...(image.cmd ?? [])].length > 0
  if (plan.processTypes['web'] === null && !starts) {
    throw new BuildFailure(
      'dockerfile.no-command',
      'The image of the Dockerfile starts nothing: it has no CMD and no ENTRYPOINT.',
      {
        fix: 'Add a line such as CMD ["node", "server.js"] to the Dockerfile, or a Procfile with a web line.',
      },
    )
  }
  const port = plan.port ?? image.exposedPorts[0]
  return port === undefined ? plan : { ...plan, port }
}

/** A step of ours is known by its mark; the user never wrote the RUN line that carries it. */
function inOurWords(error: ImageBuildError, { plan, request }: ContainerBuild): BuildFailure {
  const { code, message, fix, retryable, failedStep = '', exitCode, exceeded, output } = error
  const runtime = plan.runtimes.find((each) => failedStep.includes(`"${installMark(each)}"`))
  if (runtime && exitCode !== undefined) return unavailable(runtime, { code: exitCode, signal: null, output })
  const step = allSteps(plan).find((_, index) => failedStep.includes(`"${stepMark(index)}"`))
  const ran = step?.commands.find((argv) => failedStep.includes(JSON.stringify(argv).slice(1)))
  const command = plan.cloudNative ? step?.commands.at(-1) : ran
  if (command && exitCode !== undefined && exceeded) {
    return exceededFailure(`\`${typed(command)}\` ended with exit code ${exitCode}`, exceeded)
  }
  if (command && exitCode !== undefined)
    return explain({ command: typed(command), code: exitCode, signal: null, output })
  if (request.image && !/^(?:engine\.|build\.canceled|build\.timeout)/.test(code))
    return unavailableImage(request.image, error)
  return new BuildFailure(code, message, { ...(fix === undefined ? {} : { fix }), retryable }, { cause: error })
}

function unavailableImage(image: string, cause: ImageBuildError): BuildFailure {
  const fix = 'Check its name, and that the box reaches its registry without signing in; or load it on the box first.'
  const message = `The image ${image} is not on the box and could not be pulled: ${cause.message}`
  return new BuildFailure('image.unavailable', message, { fix, command: `docker pull ${image}` }, { cause })
}
