import { defineCommand } from '../../command.ts'
import { tableLines } from '../../table.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'list your SSH keys',
  examples: [{ run: 'paas keys' }],
  async run(context) {
    const { client } = await context.signedIn()
    const keys = await client.call('keys.list')
    if (context.json) return context.print(keys)
    if (keys.items.length === 0) return context.err.line('You have no SSH keys here. Add one: paas keys:add')
    const rows = keys.items.map((key) => [
      key.fingerprint,
      key.type,
      key.comment,
      key.lastUsedAt ? timeText(key.lastUsedAt) : 'never',
    ])
    for (const line of tableLines(['FINGERPRINT', 'TYPE', 'COMMENT', 'LAST USED'], rows)) context.out.line(line)
  },
})
