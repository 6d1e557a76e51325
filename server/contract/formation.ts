import { z } from 'zod'
import { ProcessTypeName } from './names.ts'

export const MAX_QUANTITY = 100

export const Process = z.object({
  type: ProcessTypeName,
  quantity: z.int().min(0).max(MAX_QUANTITY),
  /** The Procfile's command; null is what the image itself starts. */
  command: z.string().nullable(),
  memoryMb: z.int(),
  cpus: z.number(),
})
export type Process = z.infer<typeof Process>

/** `quantity` sets, `change` adds: `web=3`, `worker+1`. */
export const ScaleChange = z.union([
  z.object({ type: ProcessTypeName, quantity: z.int().min(0).max(MAX_QUANTITY) }).strict(),
  z.object({ type: ProcessTypeName, change: z.int().min(-MAX_QUANTITY).max(MAX_QUANTITY) }).strict(),
])
export const Scale = z.object({ changes: z.array(ScaleChange).min(1).max(50) })

/** Heroku's words: starting, up, down, crashed. `ready` means that the router reaches it. */
export const InstanceState = z.enum(['starting', 'up', 'crashed', 'down'])
export const Instance = z.object({
  id: z.string(),
  /** `web.1` */
  name: z.string(),
  type: ProcessTypeName,
  release: z.int(),
  state: InstanceState,
  since: z.string().nullable(),
  restarts: z.int(),
  lastExit: z
    .object({ code: z.int().nullable(), signal: z.string().nullable(), outOfMemory: z.boolean(), at: z.string() })
    .nullable(),
  command: z.string().nullable(),
  memoryBytes: z.int().nullable(),
  cpuCores: z.number().nullable(),
})
export type Instance = z.infer<typeof Instance>
