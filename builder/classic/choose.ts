import type { Source } from '../source.ts'

/** Buildpacks by name, in order, and who named them. */
export type ChosenBuildpacks = { written: string[]; because: string }

export type BuildpackSources = {
  /** `paas buildpacks:set`. */
  set: string[]
  /** The config var BUILDPACK_URL. */
  variable: string | undefined
}

const FILE = '.buildpacks'

/** The nearest word counts: of the app on the box, then of its config vars, then of its files. Undefined where nobody says. */
export function chosenBuildpacks(
  source: Pick<Source, 'text'>,
  { set, variable }: BuildpackSources,
): ChosenBuildpacks | undefined {
  if (set.length > 0) return { written: set, because: 'paas buildpacks' }
  if (variable?.trim()) return { written: [variable.trim()], because: 'config var BUILDPACK_URL' }
  const listed = readBuildpacksFile(source.text(FILE) ?? '')
  return listed.length > 0 ? { written: listed, because: FILE } : undefined
}

/** One a line; `#` at the start of a line begins a comment, elsewhere it is part of the address. */
export function readBuildpacksFile(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  return lines.filter((line) => line !== '' && !line.startsWith('#'))
}
