import { defineCommand, flag } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'set the password that you sign in to the console with',
  options: { stdin: flag('--stdin', 'read it from standard input') },
  examples: [
    { run: 'paas password:set', shows: ['Setting your password... done, other browsers are signed out'] },
    { run: 'paas password:set --stdin < password.txt' },
  ],
  async run(context, { options }) {
    const { client } = await context.signedIn()
    const { readSecret } = await import('../../input.ts')
    const asked = { fromStdin: options.stdin, flag: '--stdin' }
    const password = await readSecret(context, { question: 'New password (12 characters or more): ', ...asked })
    if (!options.stdin) {
      const again = await readSecret(context, { question: 'Once more: ', ...asked })
      if (again !== password) throw new UsageError('The two are not the same.', { fix: 'Nothing was changed.' })
    }
    await progress(
      context.err,
      'Setting your password',
      () => client.call('password.set', { body: { password } }),
      () => ', other browsers are signed out',
    )
  },
})
