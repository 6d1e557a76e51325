import { BuildFailure } from './errors.ts'

/** The kernel killed a process of the build for memory, or refused it one more. */
export type Exceeded = { what: 'memory'; limitMb: number } | { what: 'processes'; limit: number }

/** `how` is what happened: `npm ci` ended with exit code 1. */
export function exceededFailure(how: string, exceeded: Exceeded): BuildFailure {
  if (exceeded.what === 'memory') {
    return new BuildFailure(
      'build.out-of-memory',
      `${how}: the builds of this box together took more memory than their limit of ${exceeded.limitMb} MB, so it was killed.`,
      {
        fix: 'Let the build use less memory (fewer parallel jobs, a smaller NODE_OPTIONS=--max-old-space-size), or have an owner of the box raise the limit.',
        command: 'paas builds:limits memory=4gb',
      },
    )
  }
  return new BuildFailure(
    'build.too-many-processes',
    `${how}: the builds of this box together started more processes and threads than their limit of ${exceeded.limit}.`,
    {
      fix: 'Let the build start fewer at a time, or have an owner of the box raise the limit.',
      command: 'paas builds:limits pids=4096',
    },
  )
}
