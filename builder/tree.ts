import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { assetFile } from './assets.ts'
import { fingerprint, writeBrought } from './brought.ts'
import type { BuildRequest } from './build.ts'
import type { ExtraFile } from './buildkit/context.ts'
import { withTreeOutcome } from './classic/outcome.ts'
import { BuildpackOutput } from './classic/output.ts'
import { needsDocker } from './cloud-native/named.ts'
import { type CommandExit, runCommand } from './command.ts'
import { configVarsFile } from './dockerfile.ts'
import { BuildFailure } from './errors.ts'
import { exceededFailure, wasRefused } from './exceeded.ts'
import { explain, typed } from './explain.ts'
import { copyTree, writeEntries } from './file-tree.ts'
import { foldedPlan } from './folded-steps.ts'
import { type Layer, LayerStore } from './layer-store.ts'
import { killStrays, type Workplace, workplaceOf } from './leftovers.ts'
import type { Output } from './output.ts'
import type { BuildPlan, BuildStep } from './plan.ts'
import { requirePrograms } from './programs.ts'
import { limited } from './rlimits.ts'
import { findNpm, programDirectory } from './runtime.ts'
import type { Source } from './source.ts'
import { trustVariables } from './trust.ts'

export type TreeBuild = {
  request: BuildRequest & { endpoint: { kind: 'directory' } }
  source: Source
  plan: BuildPlan
  /** Files that are not of the source, for the steps that see the whole of it. */
  brought: ExtraFile[]
  /** PATH of the machine, where npm and other tools are found. */
  path: string
  output: Output
  signal: AbortSignal
}

export type TreeImage = { image: string; sizeBytes: number; cachedSteps: number; plan: BuildPlan }

/**
 * Carries a plan out in directories, without any container engine: the image is `<root>/<build id>`, with the app in
 * `app/` and what its processes need in `image.json`. It appears under its name only when it is complete. Dependencies
 * share their files with the layer they came from: apps must not write into node_modules.
 */
export async function buildTree(given: TreeBuild): Promise<TreeImage> {
  if (given.plan.dockerfile) throw needsContainers(given.plan.dockerfile)
  if (given.plan.cloudNative) throw needsDocker(given.plan.cloudNative)
  const build = { ...given, plan: foldedPlan(given.plan) }
  const { request } = build
  requirePrograms(build.plan, build.path)
  using workshop = new Workshop(build, workplaceOf(request.endpoint.cache, request.app))
  const runtime = await workshop.runtime()
  const layers = await workshop.runSteps(runtime)
  const plan = await withTreeOutcome(given.plan, layers.last?.directory)
  return { plan, cachedSteps: layers.cached, ...workshop.assemble(foldedPlan(plan), layers.last, runtime) }
}

type Directories = { build: string[]; run: string[] }

/** One app's corner of the build cache, while one build of it runs. */
class Workshop implements Disposable {
  readonly #build: TreeBuild
  readonly #place: Workplace
  readonly #layers: LayerStore

  constructor(build: TreeBuild, place: Workplace) {
    this.#build = build
    this.#place = place
    this.#layers = new LayerStore(place.layers)
    this[Symbol.dispose]()
    mkdirSync(place.home, { recursive: true })
  }

  /** Directories that come before PATH. */
  async runtime(): Promise<Directories> {
    const { plan, request, path, output, signal } = this.#build
    const all: { directory: string; only?: 'build' }[] = []
    for (const runtime of plan.runtimes) {
      const directory = await programDirectory(runtime, {
        directory: join(request.endpoint.cache, '.runtimes'),
        environment: this.#environment([dirname(process.execPath)], {}),
        output,
        signal,
      })
      if (directory !== undefined) all.push({ ...runtime, directory })
    }
    const npm = plan.runtimes.some(({ name }) => name === 'node') ? findNpm(path) : undefined
    const running = all.filter(({ only }) => only === undefined).map(({ directory }) => directory)
    const tools = all.filter(({ only }) => only === 'build').map(({ directory }) => directory)
    const last = npm === undefined ? [] : [npm]
    return { build: [...tools, ...running, ...last], run: [...running, ...last] }
  }

  async runSteps(runtime: Directories): Promise<{ last: Layer | undefined; cached: number }> {
    const { plan, output, request } = this.#build
    let last: Layer | undefined
    let cached = 0
    for (const step of plan.steps) {
      output.heading(step.name)
      const key = this.#key(step, last?.key ?? '', runtime)
      const found = request.noCache ? undefined : this.#layers.find(key)
      if (found) {
        cached += 1
        output.cached()
      }
      last = found ?? (await this.#makeLayer(key, step, last, runtime))
    }
    this.#layers.prune()
    return { last, cached }
  }

  /** `plan` is complete by now. */
  assemble(plan: BuildPlan, layer: Layer | undefined, runtime: Directories): { image: string; sizeBytes: number } {
    const { request, source } = this.#build
    const image = join(request.endpoint.root, request.id)
    const partial = join(this.#place.scratch, 'image')
    const app = join(partial, 'app')
    mkdirSync(app, { recursive: true })
    if (layer) this.#copyOutputs(layer, app)
    const rest = plan.steps.some(({ inputs }) => inputs.includes('.')) ? [] : source.select(['.'], plan.exclude)
    writeEntries(source, rest, app)
    for (const { path, asset, only } of plan.assets ?? []) if (!only) place(assetFile(asset), join(app, path))
    writeFileSync(join(partial, 'image.json'), JSON.stringify(this.#imageFile(plan, image, runtime), null, 2))
    mkdirSync(request.endpoint.root, { recursive: true })
    rmSync(image, { recursive: true, force: true })
    renameSync(partial, image)
    return { image, sizeBytes: rest.reduce((sum, { size }) => sum + size, layer?.sizeBytes ?? 0) }
  }

  [Symbol.dispose](): void {
    killStrays(this.#place.home)
    rmSync(this.#place.scratch, { recursive: true, force: true })
  }

  #imageFile(plan: BuildPlan, image: string, runtime: Directories): object {
    const { request } = this.#build
    const own = (plan.path ?? []).map((path) => join(image, 'app', path))
    return { app: request.app, environment: plan.environment, path: [...own, ...runtime.run] }
  }

  #key(step: BuildStep, previous: string, runtime: Directories): string {
    const { source, plan } = this.#build
    const inputs = source.digest(source.select(step.inputs, plan.exclude))
    const caches = step.caches.map(({ id }) => id)
    const assets = buildAssets(plan, step).map(({ asset }) => readFileSync(assetFile(asset), 'base64'))
    const brought = [...assets, ...this.#brought(step).map(fingerprint)]
    return this.#layers.key(previous, [runtime.build, inputs, ...brought, step.commands, step.variables, caches])
  }

  #makeLayer(key: string, step: BuildStep, previous: Layer | undefined, runtime: Directories): Promise<Layer> {
    const { source, plan } = this.#build
    return this.#layers.add(key, async (directory) => {
      if (previous) copyTree(previous.directory, directory, 'own')
      writeEntries(source, source.select(step.inputs, plan.exclude), directory)
      for (const { path, asset } of buildAssets(plan, step)) place(assetFile(asset), join(directory, path))
      writeBrought(this.#brought(step), directory)
      using _ = this.#lendCaches(step, directory)
      for (const argv of step.commands) await this.#run(argv, step, directory, runtime)
    })
  }

  async #run(argv: string[], step: BuildStep, directory: string, runtime: Directories): Promise<void> {
    const { output, signal, plan, path, request } = this.#build
    const own = (plan.path ?? []).map((path) => join(directory, path))
    const environment = this.#environment([...own, ...runtime.build], this.#variables(step))
    const buildpacks = plan.classic && new BuildpackOutput(plan.classic, output)
    const say = (line: string) => (buildpacks ?? output).line(line)
    const paths = { machine: path, command: environment['PATH'] ?? '' }
    const limitedArgv = limited(argv, request.limits, paths)
    const exit = await runCommand({ argv: limitedArgv, directory, environment }, say, signal)
    if (exit.code === 0) return
    throw buildpacks?.failure(output.recent) ?? this.#explained(typed(argv), exit)
  }

  #explained(command: string, exit: CommandExit): BuildFailure {
    const { output, request } = this.#build
    const exceeded = { what: 'processes' as const, limit: request.limits.pids }
    if (wasRefused(output.recent)) return exceededFailure(`\`${command}\` failed`, exceeded, 'build')
    return explain({ command, ...exit, output: output.recent })
  }

  #brought({ inputs }: BuildStep): ExtraFile[] {
    return inputs.includes('.') ? this.#build.brought : []
  }

  /** Config vars win over what the step wants, not over where its tools and caches are. */
  #variables(step: BuildStep): Record<string, string> {
    const { request } = this.#build
    const caches = step.caches.flatMap((cache) =>
      'variable' in cache ? [[cache.variable, this.#cache(cache.id)]] : [],
    )
    return {
      ...step.variables,
      ...(step.secrets === true ? request.environment : {}),
      ...(step.secrets === 'files' ? this.#configVarFiles() : {}),
      ...Object.fromEntries(caches),
    }
  }

  /** Gone with everything else that the build wrote here. */
  #configVarFiles(): Record<string, string> {
    const { id, environment, sourceVersion } = this.#build.request
    const [file, directory] = [join(this.#place.scratch, 'config-vars'), join(this.#place.scratch, 'env')]
    mkdirSync(directory, { mode: 0o700 })
    const text = configVarsFile({ ...environment, SOURCE_VERSION: sourceVersion, REQUEST_ID: id })
    writeFileSync(file, text, { mode: 0o600 })
    return { PAAS_CONFIG_VARS: file, PAAS_ENV_DIR: directory }
  }

  /** Puts caches where the step wants them in the app, and takes them back at the end. */
  #lendCaches(step: BuildStep, directory: string): Disposable {
    const lent = step.caches.flatMap((cache) =>
      'path' in cache ? [{ own: this.#cache(cache.id), place: join(directory, cache.path) }] : [],
    )
    for (const { own, place } of lent) moveDirectory(own, place)
    return {
      [Symbol.dispose]: () => {
        for (const { own, place } of lent) moveDirectory(place, own)
      },
    }
  }

  #copyOutputs(layer: Layer, app: string): void {
    const { outputs, steps } = this.#build.plan
    for (const path of steps.some(({ inRunImage }) => inRunImage) ? ['.'] : outputs) {
      const from = join(layer.directory, path)
      if (existsSync(from)) copyTree(from, join(app, path), 'linked')
      else throw missingOutput(path)
    }
  }

  #cache(id: string): string {
    const directory = join(this.#place.directory, 'caches', id)
    if (this.#build.request.noCache) rmSync(directory, { recursive: true, force: true })
    mkdirSync(directory, { recursive: true })
    return directory
  }

  #environment(first: string[], variables: Record<string, string>): Record<string, string> {
    const { request, path } = this.#build
    const bundle = request.certificateBundle
    return {
      LANG: 'C.UTF-8',
      ...(bundle ? trustVariables(bundle) : {}),
      ...request.proxy,
      ...variables,
      SOURCE_VERSION: request.sourceVersion,
      STACK: 'embedded',
      HOME: this.#place.home,
      TMPDIR: this.#place.scratch,
      PATH: [...first, path].join(delimiter),
    }
  }
}

function moveDirectory(from: string, to: string): void {
  if (!existsSync(from)) return
  mkdirSync(dirname(to), { recursive: true })
  rmSync(to, { recursive: true, force: true })
  renameSync(from, to)
}

function missingOutput(path: string): BuildFailure {
  return new BuildFailure(
    'build.no-output',
    `The build ended well but left no ${path} behind, which is what would run.`,
    {
      fix: `See where the build script writes to: it has to be ${path}. Otherwise add a start script or a Procfile.`,
    },
  )
}

function buildAssets({ assets = [] }: BuildPlan, { inputs }: BuildStep): NonNullable<BuildPlan['assets']> {
  return assets.filter(({ path, only }) => only === 'build' && (inputs.includes(path) || inputs.includes('.')))
}

function place(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  rmSync(to, { force: true })
  copyFileSync(from, to)
}

function needsContainers(file: string): BuildFailure {
  return new BuildFailure(
    'build.needs-containers',
    `This app is built from its ${file}, which needs a container engine, and this box runs without one.`,
    {
      fix: `Add a Procfile to have a Node.js or static app built without the ${file}, or start the platform with the docker engine.`,
      command: 'scripts/try --engine docker',
    },
  )
}
