import { useState } from 'react'
import type { TokenScope } from '../../../server/contract/user.ts'
import { call, refresh, useCall } from '../shell/api.ts'
import { SCOPES } from '../shell/bounds.ts'
import { useAction } from '../ui/action.ts'
import { Cli, Copy } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'

export function TokensSection() {
  const tokens = useCall('tokens.list')
  const revoke = useAction(async (token: string) => {
    await call('tokens.revoke', { params: { token } })
    await refresh('tokens.list')
  })
  return (
    <Section title="Tokens">
      <p className="quiet">For programs: the command line, CI, git over HTTP.</p>
      <Asked query={tokens}>
        {({ items }) =>
          items.length === 0 ? null : (
            <table>
              <thead>
                <tr>
                  <th>For</th>
                  <th>Scope</th>
                  <th>Last used</th>
                  <th>Ends</th>
                  <th>
                    <span className="visually-hidden">Revoke</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((token) => (
                  <tr key={token.id}>
                    <td title={token.id}>{token.description}</td>
                    <td>{token.scope}</td>
                    <td>{token.lastUsedAt ? <Ago at={token.lastUsedAt} /> : 'never'}</td>
                    <td>
                      <Ago at={token.expiresAt} />
                    </td>
                    <td className="end">
                      <button
                        type="button"
                        className="button small"
                        disabled={revoke.busy}
                        onClick={() => revoke.run(token.id)}
                      >
                        Revoke
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Asked>
      <NewToken />
      <ProblemBox error={revoke.error} />
      <Cli line="paas tokens:create ci --scope deploy --days 30" />
    </Section>
  )
}

function NewToken() {
  const [description, setDescription] = useState('')
  const [scope, setScope] = useState<TokenScope>('deploy')
  const [secret, setSecret] = useState<string>()
  const create = useAction(async () => {
    const token = await call('tokens.create', { body: { description, scope } })
    setSecret(token.secret)
    setDescription('')
    await refresh('tokens.list')
  })
  return (
    <>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault()
          void create.run()
        }}
      >
        <input
          aria-label="What the token is for"
          className="grow"
          placeholder="What it is for: CI of shop"
          required
          maxLength={100}
          value={description}
          onChange={(event) => setDescription(event.target.value)}
        />
        <select
          aria-label="What it may do"
          value={scope}
          onChange={(event) => setScope(event.target.value as TokenScope)}
        >
          {SCOPES.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <button type="submit" className="button" disabled={create.busy}>
          Make token
        </button>
      </form>
      {secret && (
        <div className="said" role="status">
          <p>Keep it now: it is not shown again.</p>
          <Copy text={secret} label="Copy the token" />
        </div>
      )}
      <ProblemBox error={create.error} />
    </>
  )
}
