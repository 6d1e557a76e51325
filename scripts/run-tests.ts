import { relative } from 'node:path'
import { startVitest, type Vitest } from 'vitest/node'

/** More than these is no busy machine, it is a mistake. */
const FILES_RUN_AGAIN = 4

type File = { project: string; path: string }

/**
 * Runs the tests of the projects that are named, and what failed once more, by itself. A test that starts real programs can
 * be disturbed by the machine; one that fails with nothing beside it is wrong. What needed its second run is said at the
 * end, since it is a test to mend.
 */
async function runTests(projects: string[]): Promise<boolean> {
  const first = await run(projects, [])
  if (first.ok) return true
  const { failed } = first
  if (failed.length === 0 || failed.length > FILES_RUN_AGAIN) return false
  for (const { project, path } of failed) {
    process.stderr.write(`\nFAILED, AND IS RUN ONCE MORE BY ITSELF: ${path} (${project})\n`)
    if (!(await run([project], [path])).ok) return false
  }
  process.stderr.write(`\nPassed at the second run only: ${failed.map(({ path }) => path).join(', ')}\n`)
  return true
}

async function run(project: string[], files: string[]): Promise<{ ok: boolean; failed: File[] }> {
  const vitest = await startVitest('test', files, { project, run: true, watch: false })
  const failed = failedFiles(vitest)
  const errors = vitest.state.getUnhandledErrors()
  const found = vitest.state.getTestModules().length > 0
  await vitest.close()
  // An error that no file owns cannot be tried again.
  const owned = errors.every((error) => fileOf(error) !== undefined)
  process.exitCode = undefined
  return { ok: found && failed.length === 0 && errors.length === 0, failed: owned ? failed : [] }
}

function failedFiles(vitest: Vitest): File[] {
  const owners = new Set(vitest.state.getUnhandledErrors().map(fileOf))
  return vitest.state
    .getTestModules()
    .filter((module) => !module.ok() || owners.has(module.moduleId))
    .map((module) => ({ project: module.project.name, path: relative(process.cwd(), module.moduleId) }))
}

/** Vitest marks an error that nobody caught with the file that was running. */
function fileOf(error: unknown): string | undefined {
  const path = (error as { VITEST_TEST_PATH?: unknown } | null)?.VITEST_TEST_PATH
  return typeof path === 'string' ? path : undefined
}

const ok = await runTests(process.argv.slice(2))
process.exit(ok ? 0 : 1)
