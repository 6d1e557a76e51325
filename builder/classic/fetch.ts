import type { BuildFailure } from '../errors.ts'

/** For what comes from the internet: a buildpack is scripts, rarely more than a megabyte. */
export const MOST_BYTES = 64 * 1024 ** 2
export const FETCH_TIMEOUT_MS = 120_000

export type FetchSurroundings = {
  /** Empty, and removed by whoever made it. */
  directory: string
  /** PATH of the machine, where git is. */
  path: string
  /** PEM file with the machine's extra certificate authorities. */
  certificateBundle: string | null
  signal: AbortSignal
  /** Whether an address may be asked; the internet alone, outside tests. */
  isAllowed: (address: string) => boolean
}

/** A tar of the buildpack, and what exactly it is. */
export type Fetched = { tar: string; version: string }

export type FetchFailure = (reason: string, cause?: unknown) => BuildFailure
