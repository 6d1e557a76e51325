import { useState } from 'react'
import { call, refresh, useCall } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Cli, Copy } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'

/** For owners of the box. */
export function UsersSection({ own }: { own: string }) {
  const users = useCall('users.list')
  const [name, setName] = useState('')
  const [token, setToken] = useState<string>()
  const create = useAction(async () => {
    const created = await call('users.create', { body: { name } })
    setToken(created.token.secret)
    setName('')
    await refresh('users.list')
  })
  const remove = useAction(async (user: string) => {
    await call('users.remove', { params: { user } })
    await refresh('users.list')
  })
  return (
    <Section title="Users of the box">
      <Asked query={users}>
        {({ items }) => (
          <table>
            <thead>
              <tr>
                <th>Name</th>
                <th>Since</th>
                <th>
                  <span className="visually-hidden">Remove</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((user) => (
                <tr key={user.id}>
                  <td>
                    {user.name} {user.boxOwner && <span className="quiet">owner of the box</span>}
                  </td>
                  <td>
                    <Ago at={user.createdAt} />
                  </td>
                  <td className="end">
                    {user.name !== own && (
                      <button
                        type="button"
                        className="button small"
                        disabled={remove.busy}
                        onClick={() => remove.run(user.name)}
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
          void create.run()
        }}
      >
        <input
          aria-label="Name of the new user"
          className="grow"
          placeholder="Name"
          required
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="button" disabled={create.busy}>
          Add user
        </button>
      </form>
      {token && (
        <div className="said" role="status">
          <p>
            Give this first token to them, by a safe way; it is not shown again. They set a password with paas
            password:set.
          </p>
          <Copy text={token} label="Copy the token" />
        </div>
      )}
      <ProblemBox error={create.error ?? remove.error} />
      <Cli line="paas users:create NAME" />
    </Section>
  )
}
