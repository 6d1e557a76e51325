/** What the shell sees. `run` passes the remote command's own code on instead. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** Not signed in, or not allowed. */
  denied: 4,
  notFound: 5,
  /** EX_TEMPFAIL of sysexits.h: the same command may succeed later. */
  tryAgain: 75,
  interrupted: 130,
} as const

/** The exit code for an HTTP status that is not 2xx. */
export function exitCodeOfStatus(status: number): number {
  if (status === 400 || status === 422) return EXIT.usage
  if (status === 401 || status === 403) return EXIT.denied
  if (status === 404) return EXIT.notFound
  if (status === 429 || (status >= 502 && status <= 504)) return EXIT.tryAgain
  return EXIT.failed
}
