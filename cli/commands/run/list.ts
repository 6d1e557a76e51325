import type { Run } from '../../../server/contract/run.ts'
import { defineCommand } from '../../command.ts'
import { tableLines } from '../../table.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'list recent one-off instances',
  ofApp: true,
  examples: [{ run: 'paas runs -a shop' }],
  async run(context) {
    const { app, client } = await context.app()
    const runs = await client.call('runs.list', { params: { app } })
    if (context.json) return context.print(runs)
    if (runs.items.length === 0)
      return context.err.line(`${app} had no one-off instances lately. Start one: paas run -a ${app} COMMAND`)
    const rows = runs.items.map((run) => {
      const state = run.exitCode === null ? run.state : `${run.state}, code ${run.exitCode}`
      return [run.name, run.id, state, run.by, timeText(run.createdAt), run.command.join(' ') + where(run)]
    })
    for (const line of tableLines(['NAME', 'ID', 'STATE', 'BY', 'WHEN', 'COMMAND'], rows)) context.out.line(line)
  },
})

function where({ instance }: Run): string {
  return instance === null ? '' : ` (in ${instance})`
}
