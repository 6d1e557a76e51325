import { defineCommand, one } from '../../command.ts'
import { listRemotes, writeRemote } from '../../git.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'rename an app; its default host name changes with it',
  ofApp: true,
  args: { name: one('the new name') },
  examples: [
    { run: 'paas apps:rename store -a shop', shows: ['Renaming shop to store... done', 'http://store.example.com'] },
  ],
  async run(context, { args: { name } }) {
    const { app, client } = await context.app()
    const before = await client.call('apps.info', { params: { app } })
    const after = await progress(context.err, `Renaming ${app} to ${name}`, () =>
      client.call('apps.update', { params: { app }, body: { name } }),
    )
    if (context.json) context.print(after)
    else context.out.line(after.url)
    for (const remote of await listRemotes()) {
      const url = { [before.git.ssh]: after.git.ssh, [before.git.http]: after.git.http }[remote.url]
      if (url === undefined) continue
      await writeRemote(remote.name, url)
      context.err.line(`Git remote ${remote.name} follows.`)
    }
  },
})
