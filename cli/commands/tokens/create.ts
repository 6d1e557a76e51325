import type { TokenScope } from '../../../server/contract/user.ts'
import { defineCommand, maybe, value } from '../../command.ts'
import { wholeNumber } from '../../numbers.ts'
import { progress } from '../../progress.ts'
import { timeText } from '../../time.ts'

const SCOPES: readonly TokenScope[] = ['read', 'deploy', 'admin']
const DAYS = { min: 1, max: 365 }

export const command = defineCommand({
  about: 'make a token; its secret is printed this once',
  args: { description: maybe('what it is for') },
  options: {
    scope: value('--scope <SCOPE>', 'what it may do', SCOPES),
    days: value('--days <N>', 'how long it is valid, at most 365'),
  },
  examples: [
    { run: 'paas tokens:create "CI of shop" --scope deploy --days 30' },
    { run: 'paas tokens:create ci --scope deploy > token.txt' },
  ],
  async run(context, { args, options }) {
    const body = {
      description: args.description ?? 'made by paas tokens:create',
      ...(options.scope ? { scope: options.scope as TokenScope } : {}),
      ...(options.days ? { days: wholeNumber('--days', options.days, DAYS) } : {}),
    }
    const { client } = await context.signedIn()
    const token = await progress(
      context.err,
      'Making a token',
      () => client.call('tokens.create', { body }),
      ({ id, expiresAt }) => `, ${id}, valid until ${timeText(expiresAt)}`,
    )
    if (context.json) return context.print(token)
    context.out.line(token.secret)
    context.err.line('Keep it now: it is not shown again.')
  },
})
