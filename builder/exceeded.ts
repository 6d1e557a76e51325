import { BuildFailure } from './errors.ts'

/** What was too much: the kernel killed a process of the build for memory or refused it one more, or we looked and stopped it. */
export type Exceeded = { what: 'memory'; limitMb: number } | { what: 'processes'; limit: number }

/** As dash, bash, Node.js and the C library's threads have it (EAGAIN of fork). */
const REFUSED_LINE =
  /Cannot fork|fork: .*Resource temporarily unavailable|spawn .*EAGAIN|pthread_create.*Resource temporarily/

/** A program says that it may not start one more. */
export function wasRefused(output: string[]): boolean {
  return output.some((line) => REFUSED_LINE.test(line))
}

/** `how` is what happened: `npm ci` ended with exit code 1. `whose` limit it was: without containers each build has its own. */
export function exceededFailure(how: string, exceeded: Exceeded, whose: 'box' | 'build' = 'box'): BuildFailure {
  const they = whose === 'box' ? 'the builds of this box together' : 'the processes of this build'
  if (exceeded.what === 'memory') {
    return new BuildFailure(
      'build.out-of-memory',
      `${how}: ${they} took more memory than their limit of ${exceeded.limitMb} MB, so it was killed.`,
      {
        fix: 'Let the build use less memory (fewer parallel jobs, a smaller NODE_OPTIONS=--max-old-space-size), or have an owner of the box raise the limit.',
        command: 'paas builds:limits memory=4gb',
      },
    )
  }
  return new BuildFailure(
    'build.too-many-processes',
    `${how}: ${they} started more processes and threads than their limit of ${exceeded.limit}.`,
    {
      fix: 'Let the build start fewer at a time, or have an owner of the box raise the limit.',
      command: 'paas builds:limits pids=4096',
    },
  )
}
