import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { defineCommand, flag, one, value } from '../../command.ts'
import { CliError } from '../../errors.ts'
import { progress } from '../../progress.ts'
import { sizeText } from '../../size.ts'

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
    const from = Readable.fromWeb(content as ReadableStream<Uint8Array>)
    if (options.output === '-') return await received(from, process.stdout)
    const file = options.output ?? name
    const temporary = `${file}.${process.pid}.tmp`
    await progress(
      context.err,
      `Fetching ${backup}`,
      async () => {
        try {
          await received(from, createWriteStream(temporary, { flags: 'wx', mode: 0o600 }))
          await rename(temporary, file)
        } catch (error) {
          await rm(temporary, { force: true })
          throw error
        }
      },
      () => `, ${bytes === null ? '' : `${sizeText(bytes)}, `}${file}`,
    )
    if (context.json) context.print({ file, bytes })
  },
})

async function received(from: Readable, to: Writable): Promise<void> {
  await pipeline(from, to).catch((cause: unknown) => {
    if (cause instanceof Error && 'syscall' in cause) throw cause
    throw new CliError(
      'The download broke off: the box could not read the backup to its end, or the connection broke.',
      {
        fix: 'See whether the backup is whole.',
        command: 'paas backups:prove NAME',
      },
    )
  })
}
