import { ApiError } from '../../../server/contract/client.ts'

/** What the API said about one field of the body: `keep.daily`. What is within it counts as its own. */
export function mistakeAt(error: unknown, field: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined
  const at = `body.${field}`
  return error.problem.errors?.find(({ path }) => path === at || path.startsWith(`${at}.`))?.message
}
