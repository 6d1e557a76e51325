import { z } from 'zod'

const Identity = z.object({ pid: z.int(), startTime: z.int(), bootId: z.string() })

const ExitRecord = z.object({
  code: z.int().nullable(),
  signal: z.string().nullable(),
  outOfMemory: z.boolean(),
  at: z.coerce.date(),
})

/**
 * What is written down about an instance. Its environment is not: config vars are secrets, and the environment of a
 * process that lives can be read from the kernel. One that died while the server was down waits for the next `apply`.
 */
export const InstanceRecord = z.object({
  id: z.string(),
  app: z.string(),
  release: z.int(),
  processType: z.string(),
  index: z.int(),
  /** Hash over all of the workload but the quantity. */
  specification: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  port: z.int().nullable(),
  /** The image insists on this port; a replacement gets the same. */
  fixedPort: z.boolean(),
  memoryMb: z.number(),
  stopGraceMs: z.number(),
  wanted: z.enum(['running', 'removed']),
  process: Identity.nullable(),
  startedAt: z.coerce.date().nullable(),
  restarts: z.int(),
  /** In a row, for the growing pause. */
  failures: z.int(),
  lastExit: ExitRecord.nullable(),
  /** It keeps data, and is nobody's business but of whoever knows its name. */
  keeps: z.boolean().default(false),
})
export type InstanceRecord = z.output<typeof InstanceRecord>

export const RunRecord = z.object({
  id: z.string(),
  app: z.string(),
  name: z.string(),
  image: z.string(),
  attached: z.boolean(),
  terminal: z.boolean(),
  process: Identity.nullable(),
  startedAt: z.coerce.date(),
})
export type RunRecord = z.output<typeof RunRecord>
