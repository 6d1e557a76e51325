import type { ReadableStream } from 'node:stream/web'
import { defineCommand, flag, one, value } from '../../command.ts'
import { progress } from '../../progress.ts'
import { received, saveTo } from '../../save-file.ts'
import { sizeText } from '../../size.ts'

const BROKEN = { fix: 'See whether the backup is whole.', command: 'paas backups:prove NAME' }

export const command = defineCommand({
  about: 'fetch a backup: the sealed file, or with --open what is in it',
  ofApp: true,
  args: { backup: one('its name, such as b001') },
  options: {
    open: flag('--open', 'opened and decompressed by the box: whoever has the file can read it'),
    output: value('-o, --output <FILE>', 'where to; - is standard output'),
  },
  examples: [
    { run: 'paas backups:download b001 -a shop' },
    { run: 'paas backups:download b001 --open -o shop.pgdump -a shop' },
    { run: 'paas backups:download b001 --open -o - -a shop | pg_restore -d mine' },
  ],
  async run(context, { args: { backup }, options }) {
    const { app, client } = await context.app()
    const query = { opened: options.open ? ('true' as const) : ('false' as const) }
    const { name, bytes, content } = await client.download('backups.download', { params: { app, backup }, query })
    const from = content as ReadableStream<Uint8Array>
    if (options.output === '-') return await received(from, process.stdout, BROKEN)
    const file = options.output ?? name
    await progress(
      context.err,
      `Fetching ${backup}`,
      () => saveTo(file, from, BROKEN),
      () => `, ${bytes === null ? '' : `${sizeText(bytes)}, `}${file}`,
    )
    if (context.json) context.print({ file, bytes })
  },
})
