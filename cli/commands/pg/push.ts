import { FIRST_DATABASE } from '../../addon-report.ts'
import { defineCommand, maybe, one, value } from '../../command.ts'
import { localDatabase, postgresProgram } from '../../local-postgres.ts'
import { sendDump } from '../../send-dump.ts'
import { upload } from '../../upload.ts'

export const command = defineCommand({
  about: 'fill a database of the app from one that this machine reaches, by its own pg_dump',
  ofApp: true,
  args: {
    source: one('the name of a database here, or its URL'),
    target: maybe(`the addon, by its name or variable (default: ${FIRST_DATABASE})`),
  },
  options: {
    confirm: value(
      '-c, --confirm <NAME>',
      'the name of the addon, where it is not empty: it is backed up, then replaced',
    ),
  },
  examples: [
    { run: 'paas pg:push mylocaldb DATABASE -a shop' },
    { run: 'PGUSER=ada paas pg:push mylocaldb -a shop --confirm postgresql-curved-12345' },
  ],
  async run(context, { args, options }) {
    const local = localDatabase(args.source)
    const words = ['--format=custom', '--no-owner', '--no-privileges']
    async function* dumped(): AsyncGenerator<Buffer> {
      const dump = postgresProgram('pg_dump', words, local)
      try {
        yield* dump.stdout ?? []
        await dump.ended
      } finally {
        dump.kill()
      }
    }
    const { confirm } = options
    const title = `Pushing ${local.name}`
    await sendDump(context, upload(local.name, dumped(), undefined), {
      addon: args.target ?? FIRST_DATABASE,
      confirm,
      title,
    })
  },
})
