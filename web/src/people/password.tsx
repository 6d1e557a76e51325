import { useState } from 'react'
import { call, refresh } from '../shell/api.ts'
import { PASSWORD_MIN } from '../shell/bounds.ts'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { Field } from '../ui/field.tsx'
import { ProblemBox } from '../ui/problem.tsx'

export function PasswordSection() {
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const [done, setDone] = useState(false)
  const change = useAction(async () => {
    await call('password.set', { body: { password, current } })
    setCurrent('')
    setPassword('')
    setDone(true)
    await refresh('sessions.list')
  })
  return (
    <Section title="Password">
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault()
          void change.run()
        }}
      >
        <Field
          label="Present password"
          type="password"
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <Field
          label={`New password, ${PASSWORD_MIN} characters or more`}
          type="password"
          autoComplete="new-password"
          minLength={PASSWORD_MIN}
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <button type="submit" className="button" disabled={change.busy}>
          Change password
        </button>
      </form>
      {done && !change.error && (
        <p role="status" className="said">
          Changed. All other browsers are signed out.
        </p>
      )}
      <ProblemBox error={change.error} />
      <Cli line="paas password:set" />
    </Section>
  )
}
