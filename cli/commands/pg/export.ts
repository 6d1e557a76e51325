import type { ReadableStream } from 'node:stream/web'
import { ADDON_ARGUMENT, FIRST_DATABASE } from '../../addon-report.ts'
import { defineCommand, flag, maybe, value } from '../../command.ts'
import { progress } from '../../progress.ts'
import { received, saveTo } from '../../save-file.ts'

const BROKEN = { fix: 'What came so far was thrown away. Try again.', command: 'paas pg:export' }

export const command = defineCommand({
  about: 'save a database as a file, for pg_restore or as SQL',
  ofApp: true,
  args: { file: maybe('where to; - is standard output (default: the name of the addon)') },
  options: {
    addon: value('--addon <NAME>', ADDON_ARGUMENT.about),
    sql: flag('--sql', 'as SQL instead, for psql'),
  },
  examples: [
    { run: 'paas pg:export -a shop', shows: ['Exporting DATABASE... done, postgresql-curved-12345.pgdump'] },
    { run: 'paas pg:export shop.sql --sql -a shop' },
    { run: 'paas pg:export - -a shop | pg_restore --no-owner -d mine' },
  ],
  async run(context, { args, options }) {
    const { app, client } = await context.app()
    const addon = options.addon ?? FIRST_DATABASE
    const query = { form: options.sql ? ('sql' as const) : ('custom' as const) }
    const { name, content } = await client.download('addons.export', { params: { app, addon }, query })
    const from = content as ReadableStream<Uint8Array>
    if (args.file === '-') return await received(from, process.stdout, BROKEN)
    const file = args.file ?? name
    await progress(
      context.err,
      `Exporting ${addon}`,
      () => saveTo(file, from, BROKEN),
      () => `, ${file}`,
    )
    if (context.json) context.print({ file })
  },
})
