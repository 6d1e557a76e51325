import type { Packed } from './format/pack.ts'

/** How a row keeps what was stored; all null before it was. */
export type SumColumns = {
  plain_bytes: number | null
  plain_sha256: string | null
  stored_bytes: number | null
  stored_sha256: string | null
}

export function sumsOf({ plain_bytes, plain_sha256, stored_bytes, stored_sha256 }: SumColumns): Packed | null {
  if (plain_bytes === null || plain_sha256 === null || stored_bytes === null || stored_sha256 === null) return null
  return {
    plain: { bytes: plain_bytes, sha256: plain_sha256 },
    stored: { bytes: stored_bytes, sha256: stored_sha256 },
  }
}

export function dateOf(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds)
}

/** As the API says it. */
export function textOf(date: Date | null | undefined): string | null {
  return date?.toISOString() ?? null
}
