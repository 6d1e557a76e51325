import { defineCommand, rest } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { updateRouting } from '../../routing-change.ts'

export const command = defineCommand({
  about: 'stop setting headers',
  ofApp: true,
  args: { names: rest('the header names') },
  examples: [
    {
      run: 'paas routing:headers:remove x-frame-options -a shop',
      shows: ['Removing x-frame-options from shop... done'],
    },
  ],
  async run(context, { args: { names } }) {
    if (names.length === 0) throw new UsageError('Which header?', { command: 'paas routing:headers' })
    const headers = Object.fromEntries(names.map((name) => [name, null]))
    await updateRouting(context, (app) => `Removing ${names.join(', ')} from ${app}`, { headers })
  },
})
