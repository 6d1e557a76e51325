import type { Process } from '../../../server/contract/formation.ts'
import { defineCommand, rest } from '../../command.ts'
import { progress } from '../../progress.ts'
import { readScaleChanges } from '../../scale-changes.ts'

export const command = defineCommand({
  about: 'change how many instances run; without arguments, print it in a form that can be given back',
  ofApp: true,
  args: { changes: rest('web=3 sets, worker+1 and worker-1 add and take away') },
  examples: [
    { run: 'paas scale -a shop', shows: ['web=1 worker=0'] },
    { run: 'paas scale web=3 worker+1 -a shop', shows: ['Scaling shop... done, now running web at 3, worker at 1'] },
  ],
  async run(context, { args }) {
    const changes = readScaleChanges(args.changes)
    const { app, client } = await context.app()
    if (changes.length === 0) {
      const formation = await client.call('formation.list', { params: { app } })
      if (context.json) return context.print(formation)
      if (formation.items.length === 0)
        return context.err.line(`${app} has nothing to run yet. Push to it: git push paas main`)
      return context.out.line(formation.items.map(({ type, quantity }) => `${type}=${quantity}`).join(' '))
    }
    const changed = new Set(changes.map(({ type }) => type))
    const formation = await progress(
      context.err,
      `Scaling ${app}`,
      () => client.call('formation.scale', { params: { app }, body: { changes } }),
      ({ items }) => `, now running ${nowRunning(items.filter(({ type }) => changed.has(type)))}`,
    )
    if (context.json) context.print(formation)
  },
})

function nowRunning(processes: Process[]): string {
  return processes.map(({ type, quantity }) => `${type} at ${quantity}`).join(', ')
}
