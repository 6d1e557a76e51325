import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

const READY_MS = 60_000
const STOP_MS = 15_000

/** What the program says when it is ready, on a line of its own. */
export async function listening<Event>(child: ChildProcess, name: string): Promise<Event> {
  const { promise, resolve, reject } = Promise.withResolvers<Event>()
  const timer = setTimeout(() => reject(new Error(`the ${name} did not start within ${READY_MS / 1_000} s`)), READY_MS)
  child.once('exit', (code, signal) => reject(new Error(`the ${name} ended at its start with ${code ?? signal}`)))
  child.once('error', reject)
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{"event":"listening"')) resolve(JSON.parse(line) as Event)
    })
  }
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}

/** A child of ours; SIGKILL follows when it takes too long. */
export async function stop(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(timer)
}

/** For a process that is no child: whoever started it need not have asked for its exit code yet. */
export async function endProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  const deadline = Date.now() + STOP_MS
  for (let asked: NodeJS.Signals | 0 = signal; await lives(pid); asked = Date.now() > deadline ? 'SIGKILL' : 0) {
    try {
      process.kill(pid, asked)
    } catch {
      // It has ended since it was looked at.
    }
    await pause(20)
  }
}

async function lives(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
  return !/^ [ZX]/.test(stat.slice(stat.lastIndexOf(')') + 1))
}
