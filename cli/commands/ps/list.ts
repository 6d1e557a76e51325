import type { Instance, Process } from '../../../server/contract/formation.ts'
import type { Channel } from '../../channel.ts'
import { defineCommand, flag } from '../../command.ts'
import { sizeText } from '../../size.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'list the instances of an app; while a deploy settles, those of the release before too',
  ofApp: true,
  options: { stats: flag('--stats', 'memory and processor of each instance, measured now') },
  examples: [
    { run: 'paas ps -a shop', shows: ['=== web: npm start (1)', 'web.1: up 2026/01/02 10:00:00 +0000 (~ 5m ago)'] },
    {
      run: 'paas ps --stats -a shop',
      shows: ['=== web: npm start (1)', 'web.1: up 2026/01/02 10:00:00 +0000 (~ 5m ago), 61.3 MB, 0.02 cores'],
    },
  ],
  async run(context, { options }) {
    const { app, client } = await context.app()
    const instances = await client.call('instances.list', {
      params: { app },
      query: { stats: options.stats ? 'true' : 'false' },
    })
    if (context.json) return context.print(instances)
    const formation = await client.call('formation.list', { params: { app } })
    if (formation.items.length === 0) {
      return context.err.line(`${app} has nothing to run yet. Push to it: git push paas main`)
    }
    const several = new Set(instances.items.map(({ release }) => release)).size > 1
    formation.items.forEach((process, index) => {
      if (index > 0) context.out.line()
      const own = instances.items.filter(({ type }) => type === process.type)
      context.out.line(processLine(process, context.out))
      for (const instance of own) {
        const release = several ? `, v${instance.release}` : ''
        context.out.line(instanceLine(instance, process, context.out) + release + usage(instance))
      }
    })
  },
})

function processLine({ type, command, quantity }: Process, out: Channel): string {
  return out.style('bold', `=== ${type}: ${command ?? "the image's own command"} (${quantity})`)
}

function instanceLine(instance: Instance, process: Process, out: Channel): string {
  const color = ({ up: 'green', starting: 'yellow', crashed: 'red', down: 'dim' } as const)[instance.state]
  const since = instance.since ? ` ${timeText(instance.since)}` : ''
  return `${instance.name}: ${out.style(color, instance.state)}${since}${trouble(instance, process)}`
}

function usage({ memoryBytes, cpuCores }: Instance): string {
  if (memoryBytes === null) return ''
  return `, ${sizeText(memoryBytes)}, ${(cpuCores ?? 0).toFixed(2)} cores`
}

/** What ran out of memory is said even when it is up again: nothing else tells that it needs a larger size. */
function trouble({ state, lastExit, restarts }: Instance, { memoryMb }: Process): string {
  const again = restarts > 0 ? `, restarted ${restarts} ${restarts === 1 ? 'time' : 'times'}` : ''
  if (lastExit?.outOfMemory) return `${again}, killed: out of memory (${memoryMb} MB)`
  if (!lastExit || state === 'up') return again
  return `${again}, last exit: ${lastExit.signal ?? `code ${lastExit.code ?? 'unknown'}`}`
}
