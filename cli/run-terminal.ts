import type { Context } from './context.ts'
import { RunSession } from './run-session.ts'

type Size = { columns: number; rows: number }

/** The size that a remote terminal gets; undefined when this program has none to offer. */
export function terminalSize(context: Context): Size | undefined {
  if (!context.stdin.isTTY || !context.out.isTTY) return undefined
  return { columns: within(process.stdout.columns, 80), rows: within(process.stdout.rows, 24) }
}

/** A terminal of no size happens under expect and in some CI systems. */
function within(size: number | undefined, fallback: number): number {
  return Math.min(size || fallback, 1000)
}

/** Carries keys, pipes, window sizes and Ctrl-C to the run until disposed. */
function connectTerminal(context: Context, session: RunSession, tty: boolean): Disposable {
  const { stdin } = context
  const onData = (data: Buffer) => {
    if (!session.send(data, () => stdin.resume())) stdin.pause()
  }
  const onEnd = () => session.control({ type: 'eof' })
  const onResize = () => session.control({ type: 'resize', ...(terminalSize(context) ?? { columns: 80, rows: 24 }) })
  const onInterrupt = () => session.control({ type: 'signal', name: 'SIGINT' })
  if (tty) {
    stdin.setRawMode(true)
    process.stdout.on('resize', onResize)
  }
  context.signal.addEventListener('abort', onInterrupt)
  stdin.on('data', onData).once('end', onEnd)
  return {
    [Symbol.dispose]() {
      if (tty) stdin.setRawMode(false)
      process.stdout.off('resize', onResize)
      context.signal.removeEventListener('abort', onInterrupt)
      stdin.off('data', onData).off('end', onEnd)
      stdin.destroy()
    },
  }
}

/** Joins a run that was just started and carries it to its end: its exit code. */
export async function joinRun(
  context: Context,
  url: string,
  run: { id: string; ticket: string | null },
  tty: boolean,
): Promise<number> {
  const session = await RunSession.open(url, { id: run.id, ticket: run.ticket ?? '' })
  using _terminal = connectTerminal(context, session, tty)
  return await session.outcome((stream, data, onDrain) => {
    const channel = stream === 'stdout' ? context.out : context.err
    const flowing = channel.write(data)
    if (!flowing) channel.onDrain(onDrain)
    return flowing
  })
}
