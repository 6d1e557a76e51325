import { defineCommand, one } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'give a path back to whoever has the host',
  ofApp: true,
  args: { path: one('host and prefix as paas routing:paths shows them') },
  examples: [
    {
      run: 'paas routing:paths:remove www.shop.com/blog -a blog',
      shows: ['Removing www.shop.com/blog from blog... done'],
    },
  ],
  async run(context, { args: { path } }) {
    const { app, client } = await context.app()
    await progress(context.err, `Removing ${path} from ${app}`, () =>
      client.call('paths.remove', { params: { app, path } }),
    )
  },
})
