import type { Context } from './context.ts'
import { transfer } from './transfer-wait.ts'
import type { Upload } from './upload.ts'

type Sending = { addon: string; confirm: string | undefined; title: string }

/** To the box, which reads it as fast as the database takes it. */
export async function sendDump(context: Context, dump: Upload, { addon, confirm, title }: Sending): Promise<void> {
  const chosen = await context.app()
  const params = { app: chosen.app, addon }
  await transfer(context, chosen, `${title} into ${addon}`, () =>
    chosen.client
      .call('addons.import', { params, query: { confirm }, content: dump.content })
      .catch((error: unknown) => {
        // What could not be read here looks like a connection that broke.
        throw dump.failure() ?? error
      }),
  )
}
