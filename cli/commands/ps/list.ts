import type { Instance, Process } from '../../../server/contract/formation.ts'
import type { Channel } from '../../channel.ts'
import { defineCommand } from '../../command.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'list the instances of an app',
  ofApp: true,
  examples: [
    { run: 'paas ps -a shop', shows: ['=== web: npm start (1)', 'web.1: up 2026/01/02 10:00:00 +0000 (~ 5m ago)'] },
  ],
  async run(context) {
    const { app, client } = await context.app()
    const instances = await client.call('instances.list', { params: { app } })
    if (context.json) return context.print(instances)
    const formation = await client.call('formation.list', { params: { app } })
    if (formation.items.length === 0) {
      return context.err.line(`${app} has nothing to run yet. Push to it: git push paas main`)
    }
    formation.items.forEach((process, index) => {
      if (index > 0) context.out.line()
      const own = instances.items.filter(({ type }) => type === process.type)
      for (const line of processLines(process, own, context.out)) context.out.line(line)
    })
  },
})

function processLines(process: Process, instances: Instance[], out: Channel): string[] {
  const command = process.command ?? "the image's own command"
  const head = out.style('bold', `=== ${process.type}: ${command} (${process.quantity})`)
  return [head, ...instances.map((instance) => instanceLine(instance, out))]
}

function instanceLine(instance: Instance, out: Channel): string {
  const color = ({ up: 'green', starting: 'yellow', crashed: 'red', down: 'dim' } as const)[instance.state]
  const since = instance.since ? ` ${timeText(instance.since)}` : ''
  return `${instance.name}: ${out.style(color, instance.state)}${since}${trouble(instance)}`
}

function trouble({ state, lastExit, restarts }: Instance): string {
  const again = restarts > 0 ? `, restarted ${restarts} ${restarts === 1 ? 'time' : 'times'}` : ''
  if (!lastExit || state === 'up') return again
  if (lastExit.outOfMemory) return `${again}, last time it ran out of memory`
  return `${again}, last exit: ${lastExit.signal ?? `code ${lastExit.code ?? 'unknown'}`}`
}
