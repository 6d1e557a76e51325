import { z } from 'zod'
import type { Packed } from './pack.ts'

const Sum = z.object({ bytes: z.int(), sha256: z.string() })

/** Lies in the clear beside the backup, for whoever has the store and the recovery key but no box any more. */
export const Manifest = z.object({
  version: z.literal(1),
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  subject: z.string(),
  subjectName: z.string(),
  app: z.string().nullable(),
  createdAt: z.string(),
  tool: z.string(),
  format: z.string(),
  /** For whose recovery key it is sealed. */
  recipient: z.string(),
  plain: Sum,
  stored: Sum,
})
export type Manifest = z.infer<typeof Manifest>

export function manifestText(parts: Omit<Manifest, 'version' | 'format' | 'plain' | 'stored'>, packed: Packed): string {
  const manifest: Manifest = { version: 1, ...parts, format: 'age(zstd(plain))', ...packed }
  return `${JSON.stringify(manifest, null, 2)}\n`
}

export const manifestOf = (object: string) => `${object}.json`
