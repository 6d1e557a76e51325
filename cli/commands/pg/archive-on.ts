import { ADDON_ARGUMENT, FIRST_DATABASE } from '../../addon-report.ts'
import { defineCommand, value } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { progress } from '../../progress.ts'

const DAYS = /^(\d{1,3})\s*d(?:ays?)?$/

export const command = defineCommand({
  about: 'archive every change of a database, so that any moment can be brought back',
  ofApp: true,
  args: { addon: ADDON_ARGUMENT },
  options: {
    keep: value('--keep <DAYS>', 'how far back (default: 7d, at most 35d)'),
    baseEvery: value('--base-every <DAYS>', 'between two copies of the whole (default: 1d, at most 7d)'),
  },
  examples: [
    { run: 'paas pg:archive:on -a shop', shows: ['Archiving postgresql-curved-12345... done'] },
    { run: 'paas pg:archive:on REPORTS --keep 14d --base-every 2d -a shop' },
  ],
  async run(context, { args, options }) {
    const body = {
      ...(options.keep !== undefined && { keepDays: days(options.keep) }),
      ...(options.baseEvery !== undefined && { baseDays: days(options.baseEvery) }),
    }
    const { app, client } = await context.app()
    const addon = args.addon ?? FIRST_DATABASE
    const archive = await progress(context.err, `Archiving ${addon}`, () =>
      client.call('archives.on', { params: { app, addon }, body }),
    )
    if (context.json) return context.print(archive)
    if (archive.windows.length > 0) return
    context.err.line(`The first base is made now; moments can be brought back from then on: paas pg:archive -a ${app}`)
  },
})

function days(text: string): number {
  const [, count] = DAYS.exec(text.trim()) ?? []
  if (count !== undefined) return Number(count)
  throw new UsageError(`${JSON.stringify(text)} is no number of days.`, {
    fix: 'Write a number and d.',
    command: 'paas pg:archive:on --keep 7d',
  })
}
