/** SIGTERM to the end, whatever is under way. */
export const STOP_LIMIT_MS = 30_000
