import { defineCommand } from '../../command.ts'
import { allPages } from '../../pages.ts'
import { tableLines } from '../../table.ts'

export const command = defineCommand({
  about: 'list your apps',
  examples: [
    { run: 'paas apps', shows: ['NAME  STATE    RELEASE  URL', 'shop  running  v12      http://shop.example.com'] },
  ],
  async run(context) {
    const { client } = await context.signedIn()
    const apps = await allPages((query) => client.call('apps.list', { query }))
    if (context.json) return context.print(apps)
    if (apps.items.length === 0) return context.err.line('You have no apps yet. Make one: paas apps:create')
    const rows = apps.items.map((app) => [app.name, app.state, app.release === null ? '-' : `v${app.release}`, app.url])
    for (const line of tableLines(['NAME', 'STATE', 'RELEASE', 'URL'], rows)) context.out.line(line)
  },
})
