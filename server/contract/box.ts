import { z } from 'zod'

export const Box = z.object({
  version: z.string(),
  claimed: z.boolean(),
  baseDomain: z.string(),
  engine: z.object({
    name: z.string(),
    version: z.string(),
    isolates: z.boolean(),
    available: z.boolean(),
    reason: z.string().nullable(),
  }),
  router: z.object({ available: z.boolean(), version: z.int().nullable(), reason: z.string().nullable() }),
  ssh: z.object({ host: z.string(), port: z.int(), fingerprint: z.string() }),
  apps: z.int(),
  instances: z.int(),
  disk: z.object({ freeBytes: z.int(), totalBytes: z.int() }),
  memory: z.object({ freeBytes: z.int(), totalBytes: z.int(), serverBytes: z.int(), routerBytes: z.int().nullable() }),
  startedAt: z.string(),
})
export type Box = z.infer<typeof Box>

/** What anyone may know: enough for `paas login` to say what to do. */
export const Hello = z.object({ name: z.literal('paas'), version: z.string(), claimed: z.boolean() })
