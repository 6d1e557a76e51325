import { useState } from 'react'
import type { Role } from '../../../server/contract/access.ts'
import { call, refresh, useCall } from '../shell/api.ts'
import { ROLES } from '../shell/bounds.ts'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { Asked } from '../ui/waiting.tsx'

export function MembersSection({ app }: { app: string }) {
  const members = useCall('members.list', { params: { app } })
  const [user, setUser] = useState('')
  const [role, setRole] = useState<Role>('developer')
  const add = useAction(async () => {
    await call('members.add', { params: { app }, body: { user, role } })
    setUser('')
    await refresh('members.list')
  })
  const remove = useAction(async (name: string) => {
    await call('members.remove', { params: { app, user: name } })
    await refresh('members.list')
  })
  return (
    <Section title="Access">
      <Asked query={members}>
        {({ items }) => (
          <table>
            <thead>
              <tr>
                <th>User</th>
                <th>Role</th>
                <th>
                  <span className="visually-hidden">Remove</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((member) => (
                <tr key={member.user}>
                  <td>{member.user}</td>
                  <td>{member.role}</td>
                  <td className="end">
                    {member.role !== 'owner' && (
                      <button
                        type="button"
                        className="button small"
                        disabled={remove.busy}
                        onClick={() => remove.run(member.user)}
                      >
                        Remove
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Asked>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault()
          void add.run()
        }}
      >
        <input
          aria-label="User"
          className="grow"
          placeholder="User"
          autoCapitalize="none"
          required
          value={user}
          onChange={(event) => setUser(event.target.value)}
        />
        <select aria-label="Role" value={role} onChange={(event) => setRole(event.target.value as Role)}>
          {ROLES.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <button type="submit" className="button" disabled={add.busy}>
          Give access
        </button>
      </form>
      <ProblemBox error={add.error ?? remove.error} />
      <Cli line={`paas members:add ${user || 'USER'} --role ${role} -a ${app}`} />
    </Section>
  )
}
