import { readdirSync, readFileSync } from 'node:fs'

/** The fields of /proc/<pid>/stat that we use; proc(5). Times are clock ticks (USER_HZ, 100 a second). */
export type ProcStat = {
  pid: number
  state: string
  session: number
  cpuTicks: number
  /** Ticks from boot to the start of the process: with the pid it names one process of this boot. */
  startTime: number
}

/** The command name stands in parentheses and may itself hold parentheses and spaces. */
export function parseStat(text: string): ProcStat | null {
  const end = text.lastIndexOf(')')
  const pid = Number.parseInt(text, 10)
  const fields = text.slice(end + 2).split(' ')
  const [state, , , session] = fields
  if (end < 0 || !Number.isInteger(pid) || !state) return null
  return {
    pid,
    state,
    session: Number(session),
    cpuTicks: Number(fields[11]) + Number(fields[12]),
    startTime: Number(fields[19]),
  }
}

/** Null for a process that is gone, and for a zombie: it runs no more, even where PID 1 is slow to reap it. */
export function readStat(pid: number): ProcStat | null {
  const text = readProc(pid, 'stat')
  const stat = text === null ? null : parseStat(text)
  return stat && stat.state !== 'Z' && stat.state !== 'X' ? stat : null
}

export function listStats(): ProcStat[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map((pid) => readStat(Number(pid))).filter((stat) => stat !== null)
}

/** Environment that the process was started with; empty when it may not be read. */
export function readEnvironment(pid: number): Record<string, string> {
  const entries = (readProc(pid, 'environ') ?? '').split('\0').filter(Boolean)
  return Object.fromEntries(
    entries.map((entry) => {
      const equals = entry.indexOf('=')
      return [entry.slice(0, equals), entry.slice(equals + 1)]
    }),
  )
}

export function readArguments(pid: number): string[] {
  return (readProc(pid, 'cmdline') ?? '').split('\0')
}

/** Null where the file, or the right to read it, is gone: processes end at any time. */
export function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return null
  }
}
