/** A process that has gone meanwhile, or is not ours, is no error. A negative pid means the whole group. */
export function kill(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    return
  }
}
