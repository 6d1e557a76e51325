import { z } from 'zod'
import { Timestamp } from './names.ts'

export const BuildState = z.enum(['queued', 'running', 'succeeded', 'failed', 'canceled'])
export type BuildState = z.infer<typeof BuildState>

export const Build = z.object({
  id: z.string(),
  app: z.string(),
  state: BuildState,
  /** Where the deploy of this build stands, null when there is none yet. */
  deploy: z.string().nullable(),
  deployId: z.string().nullable(),
  release: z.int().nullable(),
  commit: z.string(),
  by: z.string(),
  buildpack: z.string().nullable(),
  reason: z.string().nullable(),
  createdAt: Timestamp,
  startedAt: Timestamp.nullable(),
  endedAt: Timestamp.nullable(),
  sizeBytes: z.int().nullable(),
})
export type Build = z.infer<typeof Build>

/** A line of the push's output as the git client shows it, without `remote: `. */
export const BuildLine = z.object({ n: z.int(), text: z.string() })

/** What a source is called that did not come by git: SOURCE_VERSION of the build, and what lists show. */
export const SourceVersion = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._+:@/-]{0,199}$/,
    'use 1 to 200 letters, digits and . _ + : @ / -, beginning with a letter or digit',
  )

const IMAGE_PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const REGISTRY = '[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\\d{1,5})?'
const TAG = '\\w[\\w.-]{0,127}'

/** `[registry[:port]/]name[:tag][@sha256:digest]`, as docker names images. */
export const ImageReference = z
  .string()
  .max(200)
  .regex(
    new RegExp(`^(?:${REGISTRY}/)?${IMAGE_PART}(?:/${IMAGE_PART})*(?::${TAG})?(?:@sha256:[0-9a-f]{64})?$`),
    'use the name of an image, such as nginx:1.27 or registry.example.com/ada/shop:1.4',
  )

/** By https and without a password, as git clone takes it. */
export const RepositoryUrl = z
  .string()
  .max(500)
  .regex(
    /^https:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?\/[\w.~/%+@-]+$|^https:\/\/\[[0-9a-fA-F:.]+\](?::\d{1,5})?\/[\w.~/%+@-]+$/,
    'use an address such as https://github.com/ada/shop.git, without a password in it',
  )

/** A branch, a tag or a whole commit. */
export const RepositoryRef = z
  .string()
  .regex(
    /^(?!.*(?:\.\.|\/\/|@\{|\.lock(?:\/|$)))[A-Za-z0-9_][A-Za-z0-9_.+/@-]{0,199}$/,
    'use a branch, a tag or a whole commit',
  )

/** A build that stands in line, and the deploy that it belongs to. */
export const StartedBuild = z.object({ build: z.string(), deploy: z.string() })
export type StartedBuild = z.infer<typeof StartedBuild>

/** A part of the build, as its output has headings. */
export const BuildPhase = z.object({ name: z.string(), ms: z.int().min(0), cached: z.boolean() })

/** What is kept of one build beside its output. */
export const BuildDetails = Build.extend({
  attempt: z.int(),
  /** The repository and what was asked of it (`https://...#main`), where the box fetched the source itself. */
  origin: z.string().nullable(),
  /** Null on the embedded engine, whose images are directories. */
  digest: z.string().nullable(),
  phases: z.array(BuildPhase),
  peakMemoryBytes: z.int().nullable(),
  /** Packages in its bill of materials; null where there is none. */
  components: z.int().nullable(),
  /** As `paas build:plan` tells it; null before one was made. */
  plan: z.record(z.string(), z.unknown()).nullable(),
})
export type BuildDetails = z.infer<typeof BuildDetails>

/** CycloneDX 1.5, from the lock files: https://cyclonedx.org/docs/1.5/json/. */
export const BuildSbom = z.looseObject({ bomFormat: z.literal('CycloneDX'), specVersion: z.string() })
export type BuildSbom = z.infer<typeof BuildSbom>
