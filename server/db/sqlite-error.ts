/** Result codes of SQLite that mean something to us: https://www.sqlite.org/rescode.html */
const BUSY = 5
export const CORRUPT = 11
const FULL = 13
const NOT_A_DATABASE = 26
const CONSTRAINT = 19
/** Extended: the shared memory file beside a WAL could not grow, which is how a full disk shows at the start. */
const IOERR_SHMSIZE = 4874

export const isBusy = (error: unknown) => primaryCode(error) === BUSY
export const isFull = (error: unknown) => primaryCode(error) === FULL || code(error) === IOERR_SHMSIZE
export const isConstraint = (error: unknown) => primaryCode(error) === CONSTRAINT
export const isDamaged = (error: unknown) => [CORRUPT, NOT_A_DATABASE].includes(primaryCode(error) ?? 0)

function primaryCode(error: unknown): number | undefined {
  const extended = code(error)
  return extended === undefined ? undefined : extended & 0xff
}

function code(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode : undefined
}
