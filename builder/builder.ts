import { rm } from 'node:fs/promises'
import { missingEnv } from './app-json/env.ts'
import { authoritiesOf } from './authorities.ts'
import type { BuildRequest } from './build.ts'
import type { ExtraFile } from './buildkit/context.ts'
import { StepWatch } from './buildkit/step-watch.ts'
import { readyImage } from './buildpacks/ready-image.ts'
import { namedBuilder } from './cloud-native/named.ts'
import { planFor } from './detect.ts'
import { DiskWatch, spaceOf } from './disk-watch.ts'
import { BuildFailure, hasErrorCode } from './errors.ts'
import { wholeSource } from './fetch/whole-source.ts'
import type { Output } from './output.ts'
import { lookFor, OveruseWatch, roomAgain } from './overuse.ts'
import { memoryProbe, PeakMemory, SAMPLE_MS } from './peak-memory.ts'
import type { BuildPlan } from './plan.ts'
import { billOfMaterials } from './sbom/sbom.ts'
import { Source } from './source.ts'
import { writeSubtree } from './subtree.ts'

const MINUTE_MS = 60_000
const NO_PACKAGES = 'The Aptfile needs the docker engine; here the packages are those of this machine.'

export type BuildSurroundings = {
  /** PATH of the machine. */
  path: string
  output: Output
  /** Ends the build early: the user gave up, or a newer push came. */
  signal: AbortSignal
  /** Ends this process with everything the build has started, once the failure is told: what is over a limit has no time to end well. */
  endAll?: () => void
}

/** A build from the source to the image. Everything there is to know goes to `output`; never throws. */
export async function build(asked: BuildRequest, { path, output, signal, endAll }: BuildSurroundings): Promise<void> {
  const { kind } = asked.endpoint
  const deadline = AbortSignal.timeout(asked.limits.timeoutMs)
  using disk = new DiskWatch(asked.limits.diskBytes, spaceOf(asked.endpoint))
  using memory = new PeakMemory(memoryProbe(kind), SAMPLE_MS[kind])
  using _steps = kind === 'docker' ? new StepWatch(asked.limits) : undefined
  using overuse = new OveruseWatch(kind, lookFor(kind, asked.limits), (failure) => {
    if (kind !== 'directory' || !endAll) return
    output.evidence({ peakMemoryBytes: memory.bytes, sbom: null })
    output.failed(failure)
    endAll()
  })
  const either = AbortSignal.any([signal, deadline, disk.signal, overuse.signal])
  try {
    await using authorities = authoritiesOf(asked)
    const trusting = { ...asked, certificateBundle: authorities.file }
    await using fetched = await wholeSource(trusting, { path, output, signal: either })
    await using sent = await sentImage({ ...trusting, sourceTar: fetched.tar }, output, either)
    const request = { ...trusting, sourceTar: sent.tar, sourceVersion: fetched.commit }
    await using tree = await appTree(request)
    using source = Source.open(tree.tar, request.limits)
    output.heading(`Building on the ${request.endpoint.kind === 'docker' ? 'Debian 12' : 'embedded'} stack`)
    output.heading('Determining which buildpack to use for this app')
    const { plan, declared } = await decided(source, request)
    announce(plan, output)
    const config = configure(plan, request, output)
    if (request.endpoint.kind === 'directory' && source.has('Aptfile')) output.warning(NO_PACKAGES)
    const surroundings = { path, output, signal: either }
    const brought = await broughtFiles(request, source, plan, surroundings)
    const whole = { ...request, sourceTar: tree.tar, environment: { ...request.environment, ...config } }
    const image = await makeImage(whole, source, plan, brought, surroundings)
    const sbom = billOfMaterials(source, image.plan, { name: request.app, commit: request.sourceVersion })
    output.heading('Build succeeded!')
    discover(image.plan, declared, output)
    output.evidence({ peakMemoryBytes: memory.bytes, sbom })
    output.done({ ...image, processTypes: image.plan.processTypes, ...(Object.keys(config).length > 0 && { config }) })
  } catch (error) {
    if (overuse.failure && kind === 'docker') await roomAgain(asked.limits)
    output.evidence({ peakMemoryBytes: memory.bytes, sbom: null })
    output.failed(
      disk.failure ?? overuse.failure ?? stopped(signal, deadline, asked.limits.timeoutMs) ?? diskFull(error) ?? error,
    )
  }
}

/** Where an archive of an image was sent, a source that stands upon it. */
async function sentImage(request: BuildRequest, output: Output, signal: AbortSignal) {
  const { endpoint, imageArchive, sourceTar } = request
  if (!imageArchive || endpoint.kind !== 'docker')
    return { tar: sourceTar, [Symbol.asyncDispose]: async () => undefined }
  const { loadImageArchive } = await import('./image-archive.ts')
  return await loadImageArchive({ ...request, endpoint }, output, signal)
}

async function decided(source: Source, request: BuildRequest): Promise<{ plan: BuildPlan; declared: string[] }> {
  const { environment, image, settings } = request
  if (image) return { plan: readyImage(source, image), declared: [] }
  return planFor(source, settings, environment, await namedBuilder(source, settings))
}

async function broughtFiles(
  { certificateBundle, network }: BuildRequest,
  source: Source,
  { classic }: BuildPlan,
  surroundings: BuildSurroundings,
): Promise<ExtraFile[]> {
  if (!classic) return []
  const { gatherBuildpacks } = await import('./classic/gather.ts')
  return await gatherBuildpacks(classic, source, { ...surroundings, certificateBundle, ...(network && { network }) })
}

/** Config vars that app.json gives and the app does not have yet. They are in the build, and hidden in its output. */
function configure({ manifest }: BuildPlan, { environment }: BuildRequest, output: Output): Record<string, string> {
  if (manifest === undefined) return {}
  const { config, generated } = missingEnv(manifest, environment)
  const names = Object.keys(config)
  if (names.length === 0) return config
  output.hide(config)
  output.heading('Setting config vars from app.json')
  for (const name of names) output.line(generated.includes(name) ? `${name} (generated)` : name)
  return config
}

/** The tar of the app itself: of the whole source, or of the directory that it is set to be. */
async function appTree({ sourceTar, settings }: BuildRequest): Promise<AsyncDisposable & { tar: string }> {
  if (!settings?.root) return { tar: sourceTar, [Symbol.asyncDispose]: async () => undefined }
  const tar = `${sourceTar}.root`
  await writeSubtree(sourceTar, settings.root, tar)
  return { tar, [Symbol.asyncDispose]: () => rm(tar, { force: true }) }
}

type Made = { image: string; sizeBytes: number; cachedSteps: number; plan: BuildPlan }

async function makeImage(
  request: BuildRequest,
  source: Source,
  plan: BuildPlan,
  brought: ExtraFile[],
  surroundings: BuildSurroundings,
): Promise<Made> {
  const { endpoint } = request
  if (endpoint.kind === 'directory') {
    const { buildTree } = await import('./tree.ts')
    return await buildTree({ request: { ...request, endpoint }, source, plan, brought, ...surroundings })
  }
  const { buildContainerImage } = await import('./container-image.ts')
  return buildContainerImage({ request: { ...request, endpoint }, source, plan, brought, ...surroundings })
}

function announce(plan: BuildPlan, output: Output): void {
  if (plan.classic) {
    output.line(`Buildpacks by ${plan.because} -> ${plan.classic.join(', ')}`)
  } else if (plan.cloudNative) {
    output.line(`Cloud Native Buildpacks by ${plan.because} -> ${plan.cloudNative.builder}`)
  } else {
    output.heading(`${plan.title} app detected`)
    output.line(`${plan.because} found`)
  }
  for (const { name, version, because } of plan.runtimes) output.line(`${name} ${version} (${because})`)
  for (const note of plan.notes ?? []) output.line(note)
  for (const warning of plan.warnings) output.warning(warning)
  output.plan(plan)
}

function discover(plan: BuildPlan, declared: string[], output: Output): void {
  const defaults = Object.keys(plan.processTypes).filter((type) => !declared.includes(type))
  output.heading('Discovering process types')
  if (declared.length > 0) output.line(`Procfile declares types -> ${declared.join(', ')}`)
  if (defaults.length > 0) output.line(`Default types for ${plan.title} -> ${defaults.join(', ')}`)
}

function stopped(signal: AbortSignal, deadline: AbortSignal, timeoutMs: number): BuildFailure | undefined {
  if (signal.aborted) return new BuildFailure('build.canceled', 'The build was canceled.')
  if (!deadline.aborted) return undefined
  return new BuildFailure('build.timeout', `The build took longer than ${duration(timeoutMs)} and was stopped.`, {
    fix: 'Move slow work, such as tests, out of the build, then push again.',
  })
}

function duration(ms: number): string {
  return ms < 2 * MINUTE_MS ? `${ms / 1_000} seconds` : `${Math.round(ms / MINUTE_MS)} minutes`
}

function diskFull(error: unknown): BuildFailure | undefined {
  if (!hasErrorCode(error, 'ENOSPC') && !hasErrorCode(error, 'EDQUOT')) return undefined
  return new BuildFailure('build.disk-full', 'The disk of the box is full, so the image could not be written.', {
    fix: 'Free some space on the box, then push again.',
    command: 'df -h',
    retryable: true,
  })
}
