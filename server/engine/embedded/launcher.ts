/**
 * A shell of a few hundred kilobytes stands between us and each process, above all for one thing: it writes the exit code to
 * descriptor 3, a file, so that the code of a process that ends while the server is down is not lost. It outlasts the
 * signals that are sent to its whole group (handlers, unlike ignored signals, are not inherited by the program).
 * Its own remarks ("Terminated") go nowhere. The text is constant; the program's arguments travel as positional parameters.
 */
const RECORD_EXIT = 'trap : TERM INT HUP; ("$@" 2>&4 3>&- 4>&-); echo $? >&3'
/** What runs for apps dies for want of memory before the server and the router do, whose score it would have. */
const OOM_SCORE = 200
const LAUNCH = `exec 4>&2 2>/dev/null; echo ${OOM_SCORE} >/proc/self/oom_score_adj; ${RECORD_EXIT}`

/** `$0` of the launcher: what an instance's leader is recognised by. Also the prefix of `web: not found`. */
export type LauncherName = 'paas' | 'paas-exec'

export const SHELL = '/bin/sh'

export function launcherArguments(name: LauncherName, argv: string[]): string[] {
  return ['-c', LAUNCH, name, ...argv]
}

/** Earlier versions began with something else. */
export function isLauncher(name: LauncherName, commandLine: string[]): boolean {
  return commandLine[2]?.endsWith(RECORD_EXIT) === true && commandLine[3] === name
}
