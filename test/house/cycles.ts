type Edge = { from: string; to: string }

/** The circles among arrows, each once, beginning and ending with the same file. Empty: none. */
export function findCycles(edges: readonly Edge[]): string[] {
  const targets = Map.groupBy(edges, ({ from }) => from)
  const done = new Set<string>()
  const path: string[] = []
  const cycles: string[] = []

  const visit = (file: string): void => {
    const begun = path.indexOf(file)
    if (begun >= 0) {
      cycles.push([...path.slice(begun), file].join(' -> '))
      return
    }
    if (done.has(file)) return
    path.push(file)
    for (const { to } of targets.get(file) ?? []) visit(to)
    path.pop()
    done.add(file)
  }

  for (const file of targets.keys()) visit(file)
  return cycles
}
