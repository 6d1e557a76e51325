import { defineCommand } from '../../command.ts'
import { tableLines } from '../../table.ts'

export const command = defineCommand({
  about: 'list the paths that an app serves on other hosts, and that others serve on its own',
  ofApp: true,
  examples: [
    {
      run: 'paas routing:paths -a shop',
      shows: ['PATH               APP   PREFIX', 'www.shop.com/blog  blog  stripped'],
    },
  ],
  async run(context) {
    const { app, client } = await context.app()
    const paths = await client.call('paths.list', { params: { app } })
    if (context.json) return context.print(paths)
    if (paths.items.length === 0)
      return context.err.line(`${app} has no paths. Add one: paas routing:paths:add HOST/PREFIX -a ${app}`)
    const rows = paths.items.map(({ host, prefix, app, strip }) => [host + prefix, app, strip ? 'stripped' : 'kept'])
    for (const line of tableLines(['PATH', 'APP', 'PREFIX'], rows)) context.out.line(line)
  },
})
