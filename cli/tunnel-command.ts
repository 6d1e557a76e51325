import { type Command, defineCommand, maybe, value } from './command.ts'
import type { Context } from './context.ts'
import { faultLines, faultOf } from './error-text.ts'
import { EXIT } from './exit-code.ts'
import { wholeNumber } from './numbers.ts'
import { progress } from './progress.ts'

const PORTS = { min: 1, max: 65_535 }

/** `pg:tunnel` and its like: what they open unless told otherwise is all that they differ in. */
export function tunnelCommand(name: string, first: string): Command {
  return defineCommand({
    about: 'reach an addon of the app from this machine, at a port of 127.0.0.1; Ctrl-C closes it',
    ofApp: true,
    args: { addon: maybe(`its name, or a variable; ${first} when left out`) },
    options: { port: value('--port <PORT>', 'on this machine, instead of any free one') },
    examples: [
      {
        run: `paas ${name} -a shop`,
        shows: [
          'Opening a tunnel to DATABASE of shop... done, postgresql-curved-12345 is at 127.0.0.1:41873; Ctrl-C closes it',
          'postgres://u_ab12:...@127.0.0.1:41873/d_0c34',
        ],
      },
      { run: `paas ${name} -a shop --port 5433` },
    ],
    run: (context, { args, options }) =>
      carry(
        context,
        args.addon ?? first,
        options.port === undefined ? undefined : wholeNumber('--port', options.port, PORTS),
      ),
  })
}

/** Until Ctrl-C, which is how it is meant to end. The URL goes to standard output, for whoever starts this from a script. */
async function carry(context: Context, addon: string, port: number | undefined): Promise<number> {
  const { Tunnel } = await import('./tunnel.ts')
  const { app, client, url } = await context.app()
  await using tunnel = await progress(
    context.err,
    `Opening a tunnel to ${addon} of ${app}`,
    () =>
      Tunnel.open({
        url,
        port,
        ask: (at) => client.call('addons.tunnel', { params: { app, addon }, body: { port: at } }),
        onFault: (error) => context.err.line(faultLines(faultOf(error))[0]),
      }),
    (opened) => `, ${opened.opened.addon} is at 127.0.0.1:${opened.port}; Ctrl-C closes it`,
  )
  if (context.json) context.print({ addon: tunnel.opened.addon, port: tunnel.port, url: tunnel.opened.url })
  else context.out.line(tunnel.opened.url)
  await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve(), { once: true }))
  return EXIT.done
}
