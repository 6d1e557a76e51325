import { defineCommand } from '../../command.ts'
import { factLines } from '../../table.ts'

export const command = defineCommand({
  about: 'show where new backups are kept',
  examples: [{ run: 'paas backups:store' }],
  async run(context) {
    const { client } = await context.signedIn()
    const store = await client.call('backups.store')
    if (context.json) return context.print(store)
    const facts: [string, string][] =
      store.kind === 'local'
        ? [
            ['Store', 'local: a directory of the box, lost with its disk'],
            ['Directory', store.directory],
          ]
        : [
            ['Store', 's3'],
            ['Endpoint', store.endpoint],
            ['Region', store.region],
            ['Bucket', store.bucket],
            ['Prefix', store.prefix],
            ['Access key', store.accessKeyId],
          ]
    for (const line of factLines(facts)) context.out.line(line)
  },
})
