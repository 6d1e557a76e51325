import { defineCommand, value } from '../../command.ts'
import { requireConfirmation } from '../../confirmation.ts'

const WORD = 'show'

export const command = defineCommand({
  about: 'print the recovery key, which opens every backup of the box; owners of the box only',
  options: { confirm: value('--confirm <WORD>', `say ${WORD}`) },
  examples: [
    { run: 'paas backups:key --confirm show', shows: ['AGE-SECRET-KEY-1...'] },
    { run: 'paas backups:key --confirm show > key.txt   # then: age -d -i key.txt FILE | zstd -d' },
  ],
  async run(context, { options }) {
    await requireConfirmation(context, {
      name: WORD,
      given: options.confirm,
      warning: 'Whoever has the recovery key can read every backup of the box. That it was shown is written down.',
      command: 'paas backups:key',
    })
    const { client } = await context.signedIn()
    const key = await client.call('backups.key')
    if (context.json) return context.print(key)
    context.out.line(key.identity)
    context.err.line(
      'Keep it off the box, where a person finds it: without it nobody can restore once the box is lost.',
    )
  },
})
