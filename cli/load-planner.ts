import { CliError } from './errors.ts'

/** The file beside the program. Throws in words where it is missing. */
export async function loadPlanner(): Promise<typeof import('./planner.ts')> {
  return await import('./planner.ts').catch(missing)
}

function missing(error: unknown): never {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
  throw new CliError('What reads folders, a file that belongs beside this program, is not there.', {
    fix: 'Copy paas-planner.cjs there, too: `npm run -s build:cli` writes both into dist.',
  })
}
