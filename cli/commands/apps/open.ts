import { defineCommand, maybe } from '../../command.ts'

export const command = defineCommand({
  about: 'open an app in the browser; where there is none, its URL is all',
  ofApp: true,
  args: { path: maybe('a path within the app') },
  examples: [{ run: 'paas open -a shop', shows: ['http://shop.example.com/'] }, { run: 'paas open /cart -a shop' }],
  async run(context, { args: { path = '' } }) {
    const { app, client } = await context.app()
    const info = await client.call('apps.info', { params: { app } })
    if (context.json) return context.print(info)
    const url = new URL(path.replace(/^\/*/, '/'), info.url).href
    context.out.line(url)
    if (!context.config.graphical || !context.out.isTTY || !/^https?:/.test(url)) return
    const { openBrowser } = await import('../../browser.ts')
    if (!(await openBrowser(url))) context.err.line('No browser could be started: open the address by hand.')
  },
})
