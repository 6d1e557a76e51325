import { z } from 'zod'
import { ImageReference } from './build.ts'
import { ConfigVarName } from './names.ts'

export const WATCH_MAX = 50
export const ARGS_MAX = 50
const PATH_MAX = 255

/** A place in the repository, from its top directory: no way out of it, and nothing to be read otherwise by a tool. */
export const SourcePath = z
  .string()
  .max(PATH_MAX)
  .regex(
    /^[\w@+.-]+(?: [\w@+.-]+)*(?:\/[\w@+.-]+(?: [\w@+.-]+)*)*$/,
    'use a path such as apps/web, from the top directory',
  )
  .refine((path) => !path.split('/').some((part) => part === '.' || part === '..' || part.startsWith('-')), {
    message: 'use a path without . and .., and without names that begin with a dash',
  })

/** Names that speak to the builder of the engine itself, not to the Dockerfile. */
const ArgName = ConfigVarName.refine((name) => !/^BUILDKIT_/i.test(name), {
  message: 'BUILDKIT_ belongs to the engine',
})
const ArgValue = z.string().max(4_096)

export const BuildSettings = z.object({
  /** The directory that is the app, in a repository of several. */
  root: SourcePath.nullable(),
  /** Built whatever else there is; from the root. */
  dockerfile: SourcePath.nullable(),
  /** A builder image of Cloud Native Buildpacks that builds the app, unless a Dockerfile is set. */
  builder: ImageReference.nullable(),
  /** The stage of the Dockerfile that is the image. */
  target: z.string().nullable(),
  /** In place of `Procfile`; from the root. */
  procfile: SourcePath.nullable(),
  /** A push that touches none of these builds nothing; from the top of the repository. Empty: every push builds. */
  watch: z.array(SourcePath),
  /** Of the Dockerfile. They stand in the history of the image: no place for secrets. */
  args: z.record(z.string(), z.string()),
  /** Fetch the trees of submodules, and the contents of Git LFS, by https and without signing in. */
  submodules: z.boolean(),
  lfs: z.boolean(),
})
export type BuildSettings = z.infer<typeof BuildSettings>

export const BUILD_DEFAULTS: BuildSettings = {
  root: null,
  dockerfile: null,
  builder: null,
  target: null,
  procfile: null,
  watch: [],
  args: {},
  submodules: false,
  lfs: false,
}

/** What is named changes; null goes back to the default. Of `args`, those that are named. */
export const UpdateBuildSettings = z.strictObject({
  root: SourcePath.nullable().optional(),
  dockerfile: SourcePath.nullable().optional(),
  builder: ImageReference.nullable().optional(),
  target: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'use the name of a stage')
    .nullable()
    .optional(),
  procfile: SourcePath.nullable().optional(),
  watch: z.array(SourcePath).max(WATCH_MAX).nullable().optional(),
  args: z.record(ArgName, ArgValue.nullable()).nullable().optional(),
  submodules: z.boolean().nullable().optional(),
  lfs: z.boolean().nullable().optional(),
})
export type UpdateBuildSettings = z.infer<typeof UpdateBuildSettings>
