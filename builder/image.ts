import type { BuildLimits } from './build.ts'
import { buildContext, type ExtraFile } from './buildkit/context.ts'
import { prepareDockerfile } from './buildkit/dockerfile-text.ts'
import { EngineApi, EngineRefusal } from './buildkit/engine-api.ts'
import { explain } from './buildkit/explain.ts'
import { ImageBuildError } from './buildkit/failure.ts'
import { type BuiltImage, inspectImage } from './buildkit/inspect.ts'
import { type LimitHits, limitBuildKit, limitHits } from './buildkit/limits.ts'
import { Progress, type StepState } from './buildkit/progress.ts'
import { Session } from './buildkit/session.ts'
import { SolveError, solve } from './buildkit/solve.ts'

export { ImageBuildError }

export type ImageOptions = {
  socketPath: string
  tag: string
  /** The text; the source's own file of that name plays no part. */
  dockerfile: string
  sourceTar: string
  /** False leaves a path out of the context: see buildkit/dockerignore.ts. */
  entryFilter?: (path: string) => boolean
  extraFiles?: ExtraFile[]
  /** Visible in the image's history: never a config var. */
  buildArgs?: Record<string, string>
  target?: string
  /** Seen only by steps that mount them (`--mount=type=secret,id=...`); in no layer, no history and no cache key. */
  secrets: Record<string, Buffer>
  labels: Record<string, string>
  noCache: boolean
  limits: BuildLimits
  signal: AbortSignal
  onLine: (line: string) => void
  onStep: (step: { name: string; state: StepState }) => void
}

export type ImageResult = BuiltImage & { image: string; cachedSteps: number }

/**
 * Builds an image by the BuildKit inside Docker 20.10 or newer and tags it. Failures of the build and of the engine are ImageBuildErrors. The
 * build is stopped by the signal or after `limits.timeoutMs` milliseconds; what holds of the other limits is told in
 * buildkit/limits.ts.
 */
export async function buildImage(options: ImageOptions): Promise<ImageResult> {
  const deadline = AbortSignal.timeout(options.limits.timeoutMs)
  const signal = AbortSignal.any([options.signal, deadline])
  const progress = new Progress(options)
  const before = limitHits()
  try {
    const api = new EngineApi(options.socketPath)
    const image = await solved(api, options, progress, signal)
    return { image, cachedSteps: progress.cachedSteps, ...(await inspectImage(api, image, signal)) }
  } catch (error) {
    if (options.signal.aborted) throw canceled()
    if (deadline.aborted) throw timedOut(options.limits.timeoutMs)
    if (error instanceof SolveError) throw explained(error, progress, before, options.limits)
    if (error instanceof EngineRefusal) throw refused(error)
    throw error
  }
}

async function solved(api: EngineApi, options: ImageOptions, progress: Progress, signal: AbortSignal): Promise<string> {
  const { text, warnings, asksSecrets } = prepareDockerfile(options.dockerfile)
  for (const warning of warnings) options.onLine(warning)
  const holds = limitBuildKit(options.limits)
  const free = Object.entries(holds).flatMap(([limit, held]) => (held ? [] : [limit]))
  if (free.length > 0) options.onLine(`This engine does not let the box limit ${free.join(', ')} of builds`)
  using session = asksSecrets ? await Session.open(api, options.secrets) : undefined
  const request = {
    tag: options.tag,
    context: buildContext({ ...options, dockerfile: text }),
    buildArgs: withoutFrontend(options.buildArgs ?? {}),
    labels: options.labels,
    noCache: options.noCache,
    ...(options.target === undefined ? {} : { target: options.target }),
    ...(session ? { session: session.id } : {}),
  }
  return await solve(api, request, progress, signal)
}

/** This build argument is another way to name a frontend, see buildkit/dockerfile-text.ts. */
function withoutFrontend({ BUILDKIT_SYNTAX: _, ...buildArgs }: Record<string, string>): Record<string, string> {
  return buildArgs
}

function explained(error: SolveError, progress: Progress, before: LimitHits, limits: BuildLimits): ImageBuildError {
  const { step, output = [] } = progress.failure ?? {}
  const now = limitHits()
  const hits = {
    killed: now.killed - before.killed,
    pressed: now.pressed - before.pressed,
    refused: now.refused - before.refused,
  }
  return explain({ message: error.message, output, limits, hits, ...(step ? { step } : {}) }, { cause: error })
}

function refused(cause: EngineRefusal): ImageBuildError {
  return new ImageBuildError(
    {
      code: 'engine.refused',
      message: `The container engine refused to build: ${cause.message}.`,
      fix: 'See the log of the engine on the box (`journalctl -u docker`), then push again.',
      retryable: cause.status >= 500,
    },
    { cause },
  )
}

function canceled(): ImageBuildError {
  return new ImageBuildError({ code: 'build.canceled', message: 'The build was canceled.' })
}

function timedOut(timeoutMs: number): ImageBuildError {
  return new ImageBuildError({
    code: 'build.timeout',
    message: `The build was stopped: it took longer than the limit of ${duration(timeoutMs)}.`,
    fix: 'See which step takes long, let it do less or cache more (dependencies before source), and push again.',
  })
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 100) / 10
  return seconds < 60 ? `${seconds} s` : `${Math.round(seconds / 6) / 10} min`
}
