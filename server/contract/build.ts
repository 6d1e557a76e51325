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

/** A build that stands in line, and the deploy that it belongs to. */
export const StartedBuild = z.object({ build: z.string(), deploy: z.string() })
export type StartedBuild = z.infer<typeof StartedBuild>
