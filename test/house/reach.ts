import { ARROWS } from './repository.ts'

/** The files that are loaded, at once or lazily, when one of these starts; itself among them. */
export function reachedFrom(starts: readonly string[]): Set<string> {
  const targets = Map.groupBy(ARROWS, ({ from }) => from)
  const reached = new Set<string>()
  const waiting = [...starts]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file)) continue
    reached.add(file)
    waiting.push(...(targets.get(file) ?? []).map(({ to }) => to))
  }
  return reached
}
