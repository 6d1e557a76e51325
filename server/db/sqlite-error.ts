/** Result codes of SQLite that mean something to us: https://www.sqlite.org/rescode.html */
const BUSY = 5
const CORRUPT = 11
const FULL = 13
const NOT_A_DATABASE = 26
const CONSTRAINT = 19

export const isBusy = (error: unknown) => primaryCode(error) === BUSY
export const isFull = (error: unknown) => primaryCode(error) === FULL
export const isConstraint = (error: unknown) => primaryCode(error) === CONSTRAINT
export const isDamaged = (error: unknown) => [CORRUPT, NOT_A_DATABASE].includes(primaryCode(error) ?? 0)

function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}
