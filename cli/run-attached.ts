import type { Context } from './context.ts'
import { UsageError } from './errors.ts'
import { progress } from './progress.ts'

type Size = { columns: number; rows: number }
type Attached = {
  url: string
  /** What is begun, in words. */
  title: string
  tty: Size | null
  start(): Promise<{ id: string; name: string; ticket: string | null }>
}

export function refuseJson({ json }: Context, command: string): void {
  if (!json) return
  throw new UsageError('The output belongs to the command, so there is no --json here.', { command })
}

/** What the remote terminal gets; null where none is wanted, or this is none. */
export async function wantedTerminal(context: Context, wanted: boolean): Promise<Size | null> {
  const { terminalSize } = await import('./run-terminal.ts')
  return (wanted && terminalSize(context)) || null
}

/** Starts a command on the box and is its terminal, or its pipes, to its end: its exit code. */
export async function attached(context: Context, { url, title, tty, start }: Attached): Promise<number> {
  const { joinRun } = await import('./run-terminal.ts')
  const run = tty ? await progress(context.err, title, start, ({ name }) => `, ${name}`) : await start()
  return await joinRun(context, url, run, tty !== null)
}
