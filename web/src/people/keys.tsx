import { useState } from 'react'
import { call, refresh, useCall } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Empty, Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'

export function KeysSection() {
  const keys = useCall('keys.list')
  const [text, setText] = useState('')
  const add = useAction(async () => {
    await call('keys.add', { body: { publicKey: text.trim() } })
    setText('')
    await refresh('keys.list')
  })
  const remove = useAction(async (key: string) => {
    await call('keys.remove', { params: { key } })
    await refresh('keys.list')
  })
  return (
    <Section title="SSH keys">
      <Asked query={keys}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No key yet: git push over SSH needs one">
              <p>Paste the line of a public key, such as ~/.ssh/id_ed25519.pub.</p>
            </Empty>
          ) : (
            <table>
              <thead>
                <tr>
                  <th>Comment</th>
                  <th>Fingerprint</th>
                  <th>Last used</th>
                  <th>
                    <span className="visually-hidden">Remove</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((key) => (
                  <tr key={key.fingerprint}>
                    <td>{key.comment || key.type}</td>
                    <td className="mono clip">{key.fingerprint}</td>
                    <td>{key.lastUsedAt ? <Ago at={key.lastUsedAt} /> : 'never'}</td>
                    <td className="end">
                      <button
                        type="button"
                        className="button small"
                        disabled={remove.busy}
                        onClick={() => remove.run(key.fingerprint)}
                      >
                        Remove
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Asked>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault()
          void add.run()
        }}
      >
        <input
          aria-label="Public key"
          className="mono grow"
          placeholder="ssh-ed25519 AAAA… you@laptop"
          required
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="button" disabled={add.busy}>
          Add key
        </button>
      </form>
      <ProblemBox error={add.error ?? remove.error} />
      <Cli line="paas keys:add ~/.ssh/id_ed25519.pub" />
    </Section>
  )
}
