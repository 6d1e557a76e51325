import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { ADDON_ARGUMENT, FIRST_DATABASE } from '../../addon-report.ts'
import { defineCommand, flag, maybe, value } from '../../command.ts'
import type { Context } from '../../context.ts'
import { CliError, UsageError } from '../../errors.ts'
import { readStdin } from '../../input.ts'
import { sendDump } from '../../send-dump.ts'
import { transfer } from '../../transfer-wait.ts'
import { type Upload, upload } from '../../upload.ts'

const URL_LIKE = /^[a-z]+:\/\//

export const command = defineCommand({
  about: 'fill a database from a file that pg_dump wrote, or from a server elsewhere that the box asks itself',
  ofApp: true,
  args: { source: maybe('a file, - for standard input, or postgres://USER:PASSWORD@HOST/NAME') },
  options: {
    addon: value('--addon <NAME>', ADDON_ARGUMENT.about),
    url: flag('--url', 'standard input has the URL, so that no list of processes shows its password'),
    confirm: value(
      '-c, --confirm <NAME>',
      'the name of the addon, where it is not empty: it is backed up, then replaced',
    ),
  },
  examples: [
    {
      run: 'paas pg:import latest.dump -a shop',
      shows: ['Importing latest.dump into DATABASE... done, 4.2 MB in postgresql-curved-12345'],
    },
    { run: 'heroku config:get DATABASE_URL -a shop | paas pg:import --url -a shop' },
    { run: 'pg_dump -Fc --no-owner mine | paas pg:import - -a shop --confirm postgresql-curved-12345' },
  ],
  async run(context, { args, options }) {
    const sending = { addon: options.addon ?? FIRST_DATABASE, confirm: options.confirm }
    const source = options.url ? (await readStdin(context.stdin)).trim() : args.source
    if (source === undefined) throw new UsageError('Say where from.', { command: 'paas pg:import --help' })
    if (options.url || URL_LIKE.test(source)) return await importFrom(context, source, sending)
    const dump = await dumpUpload(context, source)
    await sendDump(context, dump, { ...sending, title: `Importing ${source}` })
  },
})

/** The title has the host alone, for the URL holds a password. */
async function importFrom(
  context: Context,
  url: string,
  { addon, confirm }: { addon: string; confirm: string | undefined },
): Promise<void> {
  const chosen = await context.app()
  const title = `Importing from ${URL.parse(url)?.hostname ?? 'there'} into ${addon}`
  await transfer(context, chosen, title, () =>
    chosen.client.call('addons.importFrom', { params: { app: chosen.app, addon }, body: { url, confirm } }),
  )
}

async function dumpUpload(context: Context, path: string): Promise<Upload> {
  if (path === '-') {
    if (context.stdin.isTTY) throw new UsageError('Standard input is a terminal, not a dump.')
    return upload('standard input', context.stdin, undefined)
  }
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) throw new CliError(`There is no file ${path}.`, {}, 2)
  return upload(path, createReadStream(path), undefined)
}
