import { text } from 'node:stream/consumers'
import type { ReadableStream } from 'node:stream/web'
import { defineCommand, one } from '../../command.ts'
import { CliError } from '../../errors.ts'
import { type LocalDatabase, localDatabase, postgresProgram } from '../../local-postgres.ts'
import { progress } from '../../progress.ts'
import { received } from '../../save-file.ts'

const BROKEN = { fix: 'Look at the database here, and try again with another name.' }
const COUNT = `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')`

export const command = defineCommand({
  about: 'bring a database of the app into a new one of this machine, by its own pg_restore',
  ofApp: true,
  args: {
    source: one('the addon, by its name or variable, such as DATABASE'),
    target: one('a name that no database here has, or the URL of an empty one'),
  },
  examples: [
    { run: 'paas pg:pull DATABASE mylocaldb -a shop', shows: ['Pulling DATABASE into mylocaldb... done'] },
    { run: 'PGHOST=/var/run/postgresql paas pg:pull REPORTS mylocaldb -a shop' },
  ],
  async run(context, { args: { source, target } }) {
    const { app, client } = await context.app()
    const local = localDatabase(target)
    await progress(context.err, `Pulling ${source} into ${local.name}`, async () => {
      // Before anything is made here: whether it may be read there.
      const dump = await client.download('addons.export', { params: { app, addon: source } })
      await prepare(local)
      await restore(local, dump.content as ReadableStream<Uint8Array>).catch(async (error: unknown) => {
        if (local.isOurs) await postgresProgram('dropdb', ['--', local.name], local).ended.catch(() => undefined)
        throw error
      })
    })
  },
})

async function prepare(local: LocalDatabase): Promise<void> {
  if (local.isOurs) {
    const { PGDATABASE: _, ...environment } = local.environment
    return await postgresProgram('createdb', ['--', local.name], { ...local, environment }).ended.catch(
      (error: unknown) => {
        if (!(error instanceof Error) || !error.message.includes('already exists')) throw error
        throw new CliError(`There is a database ${local.name} here already, and it stays as it is.`, {
          fix: 'Choose a name that is free, or drop that one first.',
          command: `dropdb ${local.name}`,
        })
      },
    )
  }
  const asked = postgresProgram('psql', ['--no-psqlrc', '--tuples-only', '--no-align', '--command', COUNT], local)
  const [said] = await Promise.all([asked.stdout ? text(asked.stdout) : '', asked.ended])
  if (said.trim() !== '0')
    throw new CliError(`${local.name} is not empty, and stays as it is.`, { fix: 'Choose an empty one.' })
}

async function restore(local: LocalDatabase, content: ReadableStream<Uint8Array>): Promise<void> {
  const words = ['--no-owner', '--no-privileges', '--exit-on-error', '--dbname', local.name]
  const program = postgresProgram('pg_restore', words, local)
  if (!program.stdin) throw new Error('pg_restore takes nothing in')
  // A program that gave up says why; that its input broke off says nothing.
  const broken = await received(content, program.stdin, BROKEN).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (broken !== undefined) program.stdin.destroy()
  await program.ended
  if (broken !== undefined) throw broken
}
