import { randomUUID } from 'node:crypto'
import { awaitProof } from '../../backup-wait.ts'
import { defineCommand, one } from '../../command.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'restore a backup into a scratch server, compare, and take that away again',
  ofApp: true,
  args: { backup: one('its name, such as b001') },
  examples: [{ run: 'paas backups:prove b001 -a shop', shows: ['Proving b001... done'] }],
  async run(context, { args: { backup } }) {
    const chosen = await context.app()
    const { app, client } = chosen
    const started = await client.call('backups.prove', { params: { app, backup }, idempotencyKey: randomUUID() })
    const proved = await progress(context.err, `Proving ${backup}`, () => awaitProof(context, chosen, started))
    if (context.json) context.print(proved)
  },
})
