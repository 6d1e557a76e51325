import { defineCommand, flag, one } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'let an app serve a part of a host, of its own or of another app of the same owner',
  ofApp: true,
  args: { path: one('host and prefix, such as www.shop.com/blog') },
  options: { strip: flag('--strip', 'the app sees the path without the prefix') },
  examples: [
    {
      run: 'paas routing:paths:add www.shop.com/blog --strip -a blog',
      shows: ['Adding www.shop.com/blog to blog... done'],
    },
  ],
  async run(context, { args, options }) {
    const [, host, prefix] = /^([^/]+)(\/.+)$/.exec(args.path) ?? []
    if (host === undefined || prefix === undefined) {
      const fix = 'Give the host and the prefix, such as www.shop.com/blog, without https://.'
      throw new UsageError(`${JSON.stringify(args.path)} is no host with a path.`, { fix })
    }
    const { app, client } = await context.app()
    const added = await progress(context.err, `Adding ${args.path} to ${app}`, () =>
      client.call('paths.add', { params: { app }, body: { host, prefix, strip: options.strip } }),
    )
    if (context.json) context.print(added)
  },
})
