import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { SUITE } from './recipe.ts'

export type Mirror = { debian: string; security: string }

const DEFAULT: Mirror = { debian: 'http://deb.debian.org/debian', security: 'http://deb.debian.org/debian-security' }

const APT_MS = 5_000

/**
 * The mirror from which the machine itself takes Debian, because a box behind a wall often reaches only that; Debian's
 * own where the machine is no Debian or names none by http.
 */
export async function hostMirror(): Promise<Mirror> {
  try {
    const { stdout } = await promisify(execFile)(
      'apt-get',
      ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'],
      { timeout: APT_MS },
    )
    return mirrorIn(stdout.split('\n'))
  } catch {
    return DEFAULT
  }
}

/** Judges repositories by their path, as every mirror keeps Debian's: `.../debian/` and `.../debian-security/`. */
export function mirrorIn(uris: string[]): Mirror {
  const named = (end: RegExp) => uris.map((uri) => uri.trim().replace(/\/+$/, '')).find((uri) => end.test(uri))
  return {
    debian: named(/^https?:\/\/.+\/debian$/) ?? DEFAULT.debian,
    security: named(/^https?:\/\/.+\/debian-security$/) ?? DEFAULT.security,
  }
}

/** Lines of sources.list, which stay in the base so that apps can install packages. */
export function sourceLines({ debian, security }: Mirror): string[] {
  return [
    `deb ${debian} ${SUITE} main`,
    `deb ${debian} ${SUITE}-updates main`,
    `deb ${security} ${SUITE}-security main`,
  ]
}
