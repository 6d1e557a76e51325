import { defineCommand, flag, maybe, value } from '../../command.ts'
import { writeRemote } from '../../git.ts'

export const command = defineCommand({
  about: 'add the git remote of an app, or point it there',
  ofApp: true,
  args: { name: maybe('the app, instead of -a') },
  options: {
    as: value('--as <NAME>', 'name of the git remote; -r means the same here (default: paas)'),
    http: flag('--http', 'push over HTTP with a token as the password, instead of SSH'),
  },
  examples: [
    { run: 'paas git:remote -a shop', shows: ['Git remote paas added: ssh://git@box.example.com:2222/shop'] },
    { run: 'paas git:remote -a shop-staging --as staging' },
  ],
  async run(context, { args, options }) {
    const { app, client } = await context.app(args.name)
    const info = await client.call('apps.info', { params: { app } })
    const name = options.as ?? context.options.remote ?? 'paas'
    const url = options.http ? info.git.http : info.git.ssh
    const outcome = await writeRemote(name, url)
    if (context.json) return context.print(info)
    context.err.line(`Git remote ${name} ${outcome}: ${url}`)
  },
})
