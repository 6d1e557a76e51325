/**
 * The plan as data: deciding and doing meet here. It is printed by `paas build:plan`, rendered to a Dockerfile for
 * container engines (dockerfile.ts), and carried out in a directory by the embedded one (tree.ts).
 */
export type BuildPlan = {
  buildpack: string
  /** What the user reads: `Node.js`. */
  title: string
  /** Why this buildpack was chosen: `package.json`. */
  because: string
  /** Runtimes and their versions, with the place each version came from. */
  runtimes: Runtime[]
  /** Debian packages wanted beside the stack. */
  packages: string[]
  /** Debian packages that only the steps want, such as compilers: no part of the image that runs. */
  buildPackages?: string[]
  /** Programs that these packages bring, which the embedded engine has to find on the machine. */
  programs?: { name: string; package: string }[]
  /** In order. A step whose inputs, commands and predecessors are unchanged is taken from the cache. */
  steps: BuildStep[]
  /**
   * Carried out before the steps, by Node.js for the browser's part of an app in another language, in a place of their own
   * that has the whole source: what the last of them makes, `node_modules` aside, stands in the source from then on.
   */
  assetSteps?: BuildStep[]
  /** Paths (relative to the app) that the final image has; `['.']` for the whole tree. */
  outputs: string[]
  /** Environment of the running app that the language wants, such as NODE_ENV; config vars win over it. */
  environment: Record<string, string>
  processTypes: ProcessTypes
  /** Directories of the app put before PATH when it runs, such as `node_modules/.bin`. */
  path?: string[]
  /**
   * Files the buildpack itself brings: where each goes in the app, and its name beside the buildpacks. Those of the build
   * alone are there for steps that name them among their inputs.
   */
  assets?: { path: string; asset: string; only?: 'build' }[]
  /** Top-level names of the source that are left out, because a step makes them afresh. */
  exclude?: string[]
  /** The port of an app that ignores PORT (Dockerfile EXPOSE). */
  port?: number
  /** Classic buildpacks as they were named, which the steps carry out; the plan is complete when they have run. */
  classic?: string[]
  /** What a builder image of Cloud Native Buildpacks is to do in the steps; the plan is complete when it has run. */
  cloudNative?: CloudNative
  /** The app's `.profile.d/*.sh` and `.profile` are read before each of its processes starts. */
  profile?: true
  /** For `dockerfile`: the file to build instead of steps. */
  dockerfile?: string
  /** Why the app starts as it does, and what else was chosen: one sentence each. */
  notes?: string[]
  /** Said once to the user, such as a missing lock file. */
  warnings: string[]
  /** What app.json asks for; absent without one. */
  manifest?: AppManifest
}

/** What is asked of a builder image, by the settings of the app and its project.toml (cloud-native/project-toml.ts). */
export type CloudNative = {
  /** The image, by name. */
  builder: string
  /** In order, in place of those that the builder would try; none where it decides. */
  buildpacks: NamedBuildpack[]
  /** Put before and after those, whichever they are. */
  before: NamedBuildpack[]
  after: NamedBuildpack[]
  /** For the build, from the repository: no secrets. Config vars win. */
  variables: Record<string, string>
  /** Patterns of a .gitignore: what alone the build sees, or what it does not. */
  include: string[] | null
  exclude: string[]
}

/** One that the builder image has; null is its newest version. */
export type NamedBuildpack = { id: string; version: string | null }

/** What app.json asks for (app-json.ts). The values are those of the file, which is in the repository: no secrets. */
export type AppManifest = {
  /** Config vars that the app is to have. A null value is left to a person, or made where `generated`. */
  env: { name: string; value: string | null; generated: boolean; required: boolean; description: string | null }[]
  /** By process type; null leaves the platform's own. */
  formation: Record<string, { quantity: number | null; memoryMb: number | null }>
  addons: { plan: string; as: string | null; options: Record<string, string> }[]
  /** In order: URLs, folders or names such as `heroku/nodejs`. */
  buildpacks: string[]
  /** Shell text: `predeploy` in the build, `afterFirst` once behind the first deploy, `afterEach` behind each. */
  scripts: { predeploy: string | null; afterFirst: string | null; afterEach: string | null }
  /** Schedules in UTC, checked. `concurrency` says what becomes of one that is due while the one before still runs. */
  cron: { command: string; schedule: string; concurrency: 'allow' | 'forbid' | 'replace'; paused: boolean }[]
  /**
   * By process type. `path` has to answer with 2xx or 3xx, each time within `timeoutMs`, in all within `deadlineMs`;
   * `uptimeMs` is for how long an instance has to live. Null: the box's own.
   */
  healthChecks: Record<
    string,
    { path: string | null; timeoutMs: number | null; deadlineMs: number | null; uptimeMs: number | null }
  >
}

/** In the order in which they are numbered. */
export function allSteps({ assetSteps = [], steps }: BuildPlan): BuildStep[] {
  return [...assetSteps, ...steps]
}

export type Runtime = {
  /** `node`; those of the npm registry are listed in runtime.ts. */
  name: string
  /** A version or a range, as npm reads it. */
  version: string
  because: string
  /** A tool of the build alone: no part of the image that runs. */
  only?: 'build'
}

export type BuildStep = {
  /** What the user reads: `Installing dependencies`. */
  name: string
  /** Files copied in before the commands run, directories by a slash at their end; `['.']` is the whole source. */
  inputs: string[]
  /** Each is an argv, run in the app's directory; user scripts enter as `['sh', '-c', text]`. */
  commands: string[][]
  caches: Cache[]
  variables: Record<string, string>
  /**
   * True where the step may see the app's config vars (mounted, never written into a layer); `files` keeps them out of its
   * environment: the file that PAAS_CONFIG_VARS names has them, and PAAS_ENV_DIR is a directory that is in no layer.
   */
  secrets: boolean | 'files'
  /** The image that runs carries the step out itself, upon the outputs of the others: nothing is copied twice. */
  inRunImage?: true
  /**
   * Carried out on what the steps before made, unseen by those after, so that it is cached by less than they are. The
   * image begins with what it made; of the others it has what is not below directories of this name, such as
   * `node_modules`, and what they changed below them.
   */
  aside?: string
}

/**
 * A directory kept between builds of one app, by its id: its place is in the variable for tools that can be told where to
 * keep things, or is the path itself (relative to the app, made by an earlier step).
 */
export type Cache = { id: string; variable: string } | { id: string; path: string }

/** Name to shell command as written in the Procfile; null means what the image itself starts. */
export type ProcessTypes = Record<string, string | null>
