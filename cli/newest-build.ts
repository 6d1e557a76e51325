import type { ChosenApp } from './context.ts'
import { CliError } from './errors.ts'
import { EXIT } from './exit-code.ts'

/** The build named, else the newest one. */
export async function buildOrNewest({ app, client }: ChosenApp, named: string | undefined): Promise<string> {
  if (named !== undefined) return named
  const { items } = await client.call('builds.list', { params: { app }, query: { limit: 1 } })
  if (items[0]) return items[0].id
  throw new CliError(`${app} has no builds yet.`, { command: 'git push paas main' }, EXIT.notFound)
}
