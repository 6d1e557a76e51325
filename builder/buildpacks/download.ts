import type { BuildStep } from '../plan.ts'

/** Where toolchains that Debian does not have are unpacked, relative to the app; never part of the image. */
export const TOOLCHAINS = '.toolchain'
/** Brought into the build, where Node.js runs it: the stack has neither curl nor another way to fetch. */
const SCRIPT = '.paas/download.mjs'

/** Fetches a toolchain from its language's own distribution, checks its digest and unpacks it. */
export function downloadStep(title: string, words: string[]): BuildStep {
  return {
    name: `Installing ${title} ${words.at(-1)}`,
    inputs: [SCRIPT],
    commands: [['node', SCRIPT, TOOLCHAINS, ...words]],
    caches: [],
    variables: {},
    secrets: false,
  }
}

export const DOWNLOAD_ASSET = { path: SCRIPT, asset: 'download.mjs', only: 'build' as const }
