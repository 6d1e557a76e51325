import type { CallOutput } from '../../../server/contract/client.ts'
import { defineCommand } from '../../command.ts'
import { tableLines } from '../../table.ts'
import { timeText } from '../../time.ts'

type Job = CallOutput<'cron.list'>['items'][number]

export const command = defineCommand({
  about: 'list the cron jobs of an app, with their next and last runs',
  ofApp: true,
  examples: [{ run: 'paas cron -a shop' }],
  async run(context) {
    const { app, client } = await context.app()
    const jobs = await client.call('cron.list', { params: { app } })
    if (context.json) return context.print(jobs)
    if (jobs.items.length === 0)
      return context.err.line(`${app} has no cron jobs. They stand under "cron" in app.json; add some and push.`)
    const rows = jobs.items.map((job) => [job.name, job.schedule, nextText(job), lastText(job), job.command])
    for (const line of tableLines(['NAME', 'SCHEDULE', 'NEXT', 'LAST', 'COMMAND'], rows)) context.out.line(line)
  },
})

function nextText({ nextAt, paused }: Job): string {
  if (nextAt !== null) return timeText(nextAt)
  return paused ? 'paused' : 'not due'
}

function lastText({ lastRun }: Job): string {
  if (lastRun === null) return 'never'
  const result = lastRun.state === 'running' ? 'runs' : `code ${lastRun.exitCode ?? 'unknown'}`
  return `${timeText(lastRun.createdAt)}, ${result}`
}
