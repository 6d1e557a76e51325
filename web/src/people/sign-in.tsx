import { useState } from 'react'
import { call } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Copy } from '../ui/copy.tsx'
import { Field } from '../ui/field.tsx'
import { ProblemBox } from '../ui/problem.tsx'

export function SignIn({ onDone }: { onDone: () => Promise<void> }) {
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const enter = useAction(async () => {
    await call('session.signIn', { body: { user, password } })
    await onDone()
  })
  return (
    <main className="door">
      <form
        className="card"
        onSubmit={(event) => {
          event.preventDefault()
          void enter.run()
        }}
      >
        <p className="brand">paas</p>
        <h1>Sign in</h1>
        <Field
          label="User"
          autoComplete="username"
          autoCapitalize="none"
          autoFocus
          required
          value={user}
          onChange={(event) => setUser(event.target.value)}
        />
        <Field
          label="Password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <ProblemBox error={enter.error} />
        <button type="submit" className="button primary" disabled={enter.busy}>
          Sign in
        </button>
        <p className="quiet">
          No password yet, or forgotten? On a machine that is signed in: <Copy text="paas password:set" />
        </p>
      </form>
    </main>
  )
}
