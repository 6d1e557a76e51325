import { defineCommand, maybe } from '../../command.ts'
import { factLines } from '../../table.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'show an app',
  ofApp: true,
  args: { name: maybe('the app, instead of -a') },
  examples: [{ run: 'paas apps:info -a shop' }],
  async run(context, { args }) {
    const { app, client } = await context.app(args.name)
    const info = await client.call('apps.info', { params: { app } })
    if (context.json) return context.print(info)
    context.out.line(context.out.style('bold', `=== ${info.name}`))
    const lines = factLines([
      ['State', info.state],
      ['Release', info.release === null ? 'none yet' : `v${info.release}`],
      ['Owner', info.owner],
      ['Web URL', info.url],
      ['Git URL', info.git.ssh],
      ['Git over HTTP', info.git.http],
      ['Maintenance', info.maintenance ? 'on' : 'off'],
      ['Created', timeText(info.createdAt)],
    ])
    for (const line of lines) context.out.line(line)
  },
})
