import type { Role } from '../../../server/contract/access.ts'
import { defineCommand, one, value } from '../../command.ts'
import { progress } from '../../progress.ts'

const ROLES: readonly Role[] = ['viewer', 'developer', 'admin']

export const command = defineCommand({
  about: 'give a user access to an app, or change their role',
  ofApp: true,
  args: { user: one('the user') },
  options: {
    role: value(
      '--role <ROLE>',
      'viewer sees, developer deploys and configures, admin does all (default: developer)',
      ROLES,
    ),
  },
  examples: [{ run: 'paas members:add grace --role viewer -a shop', shows: ['Adding grace to shop... done, viewer'] }],
  async run(context, { args: { user }, options }) {
    const { app, client } = await context.app()
    const role = (options.role ?? 'developer') as Role
    const member = await progress(
      context.err,
      `Adding ${user} to ${app}`,
      () => client.call('members.add', { params: { app }, body: { user, role } }),
      (added) => `, ${added.role}`,
    )
    if (context.json) context.print(member)
  },
})
