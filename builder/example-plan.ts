import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { planFor } from './detect.ts'
import type { BuildPlan } from './plan.ts'
import { Source } from './source.ts'
import type { FixtureEntry } from './source-fixture.ts'

const EXAMPLES = fileURLToPath(new URL('./examples', import.meta.url))
const LIMITS = { maxFileBytes: 1_000_000, maxTreeBytes: 10_000_000 }

/** Every example app has its plan beside it, which the tests compare and examples/update.ts writes. */
export function exampleNames(): string[] {
  return readdirSync(EXAMPLES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

export function goldenFile(example: string): string {
  return join(EXAMPLES, example, 'plan.golden.json')
}

/** Plans an example as if it had been pushed. */
export function planExample(example: string): BuildPlan {
  const directory = mkdtempSync(join(tmpdir(), 'paas-example-'))
  try {
    const tar = join(directory, 'source.tar')
    const leaveOut = ['plan.golden.json', 'node_modules'].flatMap((name) => ['--exclude', name])
    execFileSync('tar', ['--create', '--file', tar, ...leaveOut, '--directory', join(EXAMPLES, example), '.'])
    using source = Source.open(tar, LIMITS)
    return planFor(source).plan
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** An example's files, for a test that pushes it, as it is or changed. */
export function exampleFiles(example: string): FixtureEntry[] {
  return filesIn(join(EXAMPLES, example))
}

/** A directory as entries of a tar. */
export function filesIn(root: string): FixtureEntry[] {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name !== 'plan.golden.json')
  const files = names.map((name) => ({ name, ...statOf(join(root, name)) })).filter(({ file }) => file)
  return files.map(({ name, mode }) => ({ name, mode, content: readFileSync(join(root, name)) }))
}

function statOf(path: string): { file: boolean; mode: number } {
  const stats = statSync(path)
  return { file: stats.isFile(), mode: stats.mode & 0o777 }
}
