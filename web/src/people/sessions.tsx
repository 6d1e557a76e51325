import { call, refresh, useCall } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'

export function SessionsSection() {
  const sessions = useCall('sessions.list')
  const revoke = useAction(async (session: string) => {
    await call('sessions.revoke', { params: { session } })
    await refresh('sessions.list')
  })
  return (
    <Section title="Browsers signed in">
      <Asked query={sessions}>
        {({ items }) => (
          <table>
            <thead>
              <tr>
                <th>Browser</th>
                <th>Address</th>
                <th>Last used</th>
                <th>Ends</th>
                <th>
                  <span className="visually-hidden">Sign out</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((session) => (
                <tr key={session.id}>
                  <td>{session.device}</td>
                  <td className="mono">{session.address}</td>
                  <td>
                    <Ago at={session.lastUsedAt} />
                  </td>
                  <td>
                    <Ago at={session.expiresAt} />
                  </td>
                  <td className="end">
                    {session.current ? (
                      <span className="quiet">this one</span>
                    ) : (
                      <button
                        type="button"
                        className="button small"
                        disabled={revoke.busy}
                        onClick={() => revoke.run(session.id)}
                      >
                        Sign out
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Asked>
      <ProblemBox error={revoke.error} />
    </Section>
  )
}
