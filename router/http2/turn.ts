/** Has something to do when all that came in this turn of the event loop has been handled. */
export interface Turner {
  turnEnds(): void
}

let due: Turner[] = []

/** Calls `turnEnds` once after the reads of this turn; the caller sees to it that it asks once only. */
export function atTurnEnd(turner: Turner): void {
  if (due.push(turner) === 1) setImmediate(end)
}

function end(): void {
  const now = due
  due = []
  for (const turner of now) turner.turnEnds()
}
