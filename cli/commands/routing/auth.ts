import { defineCommand, flag, one } from '../../command.ts'
import { readSecret } from '../../input.ts'
import { updateRouting } from '../../routing-change.ts'

export const command = defineCommand({
  about: 'let visitors in by name and password alone; asks for the password',
  ofApp: true,
  args: { name: one('the name') },
  options: { passwordStdin: flag('--password-stdin', 'read the password from standard input') },
  examples: [
    {
      run: 'paas routing:auth ada -a shop',
      shows: ['Password for ada:', 'Setting the password of ada for shop... done'],
    },
    { run: 'paas routing:auth ada -a shop --password-stdin < password.txt' },
  ],
  async run(context, { args: { name }, options }) {
    const secret = { question: `Password for ${name}: `, fromStdin: options.passwordStdin, flag: '--password-stdin' }
    const password = await readSecret(context, secret)
    await updateRouting(context, (app) => `Setting the password of ${name} for ${app}`, { auth: { [name]: password } })
  },
})
