import type { CallInput } from '../server/contract/client.ts'
import type { ChosenApp, Context } from './context.ts'
import { UsageError } from './errors.ts'

type RunBody = CallInput<'runs.create'>['body']

const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** One word goes to a shell inside the instance, several are the program and its arguments. */
export function runRequest(words: string[], env: string[], rest: Pick<RunBody, 'tty' | 'detached'>): RunBody {
  if (words.length === 0 || words[0] === '') throw new UsageError('No command to run.', { command: 'paas run bash' })
  const environment = Object.fromEntries(env.map(readPair))
  return { command: words, ...rest, ...(env.length > 0 ? { environment } : {}) }
}

/** Behind the command, `-a shop` belongs to the command; whoever meant it for us is told. */
export async function appOfRun(context: Context, words: string[], verb: 'run' | 'exec' = 'run'): Promise<ChosenApp> {
  try {
    return await context.app()
  } catch (error) {
    const at = words.findIndex((word) => word === '-a' || word === '--app')
    if (!(error instanceof UsageError) || at < 1) throw error
    throw new UsageError(error.message, {
      fix: `What stands behind ${words[0]} belongs to it: put -a before it.`,
      command: `paas ${verb} -a ${words[at + 1] ?? 'APP'} ${words.slice(0, at).join(' ')}`,
    })
  }
}

function readPair(word: string): [name: string, value: string] {
  const equals = word.indexOf('=')
  const name = word.slice(0, Math.max(0, equals))
  if (!ENVIRONMENT_NAME.test(name)) {
    throw new UsageError(`-e ${JSON.stringify(word)} is not NAME=VALUE.`, { command: 'paas run -e DEBUG=1 bash' })
  }
  return [name, word.slice(equals + 1)]
}
