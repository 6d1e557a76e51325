import { z } from 'zod'

/** RFC 9457 problem details with our fields; sent as application/problem+json. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** What happened and why. */
  detail: z.string(),
  /** Stable: `noun.reason`. */
  code: z.string(),
  /** The way out in words. */
  fix: z.string().optional(),
  /** A command to type as it is. */
  command: z.string().optional(),
  docs: z.string().optional(),
  requestId: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof Problem>
