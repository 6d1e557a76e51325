import { defineCommand } from '../../command.ts'
import { tableLines } from '../../table.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'list your tokens; their secrets are not kept',
  examples: [{ run: 'paas tokens' }],
  async run(context) {
    const { client } = await context.signedIn()
    const tokens = await client.call('tokens.list')
    if (context.json) return context.print(tokens)
    const rows = tokens.items.map((token) => [
      token.id,
      token.scope,
      token.description,
      timeText(token.expiresAt),
      token.lastUsedAt ? timeText(token.lastUsedAt) : 'never',
    ])
    for (const line of tableLines(['ID', 'SCOPE', 'DESCRIPTION', 'EXPIRES', 'LAST USED'], rows)) context.out.line(line)
  },
})
