import type { BuildSettings } from '../build.ts'
import type { Buildpack } from '../buildpacks/buildpack.ts'
import { BuildFailure } from '../errors.ts'
import type { BuildPlan, CloudNative } from '../plan.ts'
import type { Source } from '../source.ts'
import { LONGEST_NAME, nameMistake } from './image-name.ts'
import { PROJECT_TOML, readProject } from './project-toml.ts'

/** A builder image, and who named it. */
export type NamedBuilder = { asked: CloudNative; because: string }

/**
 * The builder that `paas build:set` or project.toml names; undefined where nobody does. What else project.toml says holds for
 * either. Throws BuildFailure `project-toml.invalid` or `builder.invalid`.
 */
export async function namedBuilder(
  source: Pick<Source, 'text'>,
  { builder: set, dockerfile }: BuildSettings = {},
): Promise<NamedBuilder | undefined> {
  if (dockerfile) return undefined
  const text = source.text(PROJECT_TOML)
  const project = text === undefined ? undefined : await readProject(text)
  const builder = set || project?.builder
  if (!builder) return undefined
  const because = set ? 'paas build:set' : PROJECT_TOML
  refuseName(builder, because)
  return { asked: { ...NOTHING, ...project?.asked(), builder }, because }
}

const NOTHING: Omit<CloudNative, 'builder'> = {
  buildpacks: [],
  before: [],
  after: [],
  variables: {},
  include: null,
  exclude: [],
}

/** Two steps of the lifecycle in one of ours: the second sees what the first has found, and a cache that both share. */
export function cloudNative({ asked }: NamedBuilder): Buildpack {
  return {
    name: 'cloud-native',
    title: 'Cloud Native Buildpacks',
    detect: () => undefined,
    plan: (_source, because): BuildPlan => ({
      buildpack: 'cloud-native',
      title: 'Cloud Native Buildpacks',
      because,
      cloudNative: asked,
      runtimes: [],
      packages: [],
      steps: [
        {
          name: `Running the builder ${asked.builder}`,
          inputs: ['.'],
          commands: [['/cnb/lifecycle/detector'], ['/cnb/lifecycle/builder']],
          caches: [{ id: 'cloud-native', variable: 'PAAS_LAYER_CACHE' }],
          variables: {},
          secrets: 'files',
        },
      ],
      outputs: ['.'],
      environment: {},
      processTypes: {},
      notes: [
        'The image stands on the run image that the builder names; what it starts is known when its buildpacks have run.',
      ],
      warnings: [],
    }),
  }
}

/** Builders are images, and run in containers. */
export function needsDocker({ builder }: CloudNative): BuildFailure {
  const message = `This app is built by the builder ${builder}, an image that needs docker, and this box runs without a container engine.`
  return new BuildFailure('builder.needs-docker', message, {
    fix: 'Start the platform with the docker engine; or let paas build the app itself: take the builder out of project.toml and of the settings.',
    command: 'paas build:unset builder',
  })
}

function refuseName(builder: string, because: string): void {
  const reason = nameMistake(builder)
  if (reason === undefined) return
  const message = `The builder ${JSON.stringify(builder.slice(0, LONGEST_NAME))} (${because}) cannot be used: ${reason}.`
  throw new BuildFailure('builder.invalid', message, {
    fix: 'Name a builder image, such as paketobuildpacks/builder-jammy-base.',
    command: because === PROJECT_TOML ? 'paas build:set builder=IMAGE' : 'paas build:settings',
  })
}
