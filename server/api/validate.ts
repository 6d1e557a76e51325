import type { z } from 'zod'
import { PaasError } from '../errors.ts'

/** What the schema makes of a part of the request; mistakes are collected and told together (`request.invalid`). */
export function validate<Schema extends z.ZodType>(
  parts: Record<string, { schema: Schema | undefined; value: unknown }>,
  help: { fix?: string; command?: string } = {},
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  const errors: { path: string; message: string }[] = []
  for (const [name, { schema, value }] of Object.entries(parts)) {
    if (!schema) continue
    const parsed = schema.safeParse(value)
    if (parsed.success) values[name] = parsed.data
    else
      errors.push(
        ...parsed.error.issues.map((issue) => ({ path: [name, ...issue.path].join('.'), message: issue.message })),
      )
  }
  if (errors.length === 0) return values
  const list = errors.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw new PaasError(
    'invalid',
    'request.invalid',
    `The request has ${errors.length === 1 ? 'a mistake' : 'mistakes'}: ${list}`,
    { ...help, errors },
  )
}
