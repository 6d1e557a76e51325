import { useState } from 'react'
import { call } from '../shell/api.ts'
import { PASSWORD_MIN } from '../shell/bounds.ts'
import { navigate } from '../shell/router.tsx'
import { useAction } from '../ui/action.ts'
import { Field } from '../ui/field.tsx'
import { ProblemBox } from '../ui/problem.tsx'

/** As `Password` of the contract says; the schemas themselves stay out of the browser. */

/** The first screen of a new box. */
export function SetUp({ claim, onDone }: { claim: string; onDone: () => Promise<void> }) {
  const [secret, setSecret] = useState(claim)
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const setUp = useAction(async () => {
    await call('session.setUp', { body: { secret, user, password } })
    navigate('/', { replace: true })
    await onDone()
  })
  const short = password !== '' && password.length < PASSWORD_MIN
  return (
    <main className="door">
      <form
        className="card"
        onSubmit={(event) => {
          event.preventDefault()
          if (!short) void setUp.run()
        }}
      >
        <p className="brand">paas</p>
        <h1>This box is yours to claim</h1>
        <p className="quiet">Its first user owns it. The claim secret was printed when the box was set up.</p>
        {claim === '' && (
          <Field
            label="Claim secret"
            autoComplete="off"
            spellCheck={false}
            required
            value={secret}
            onChange={(event) => setSecret(event.target.value)}
          />
        )}
        <Field
          label="Your user name"
          autoComplete="username"
          autoCapitalize="none"
          required
          pattern="[a-z]([a-z0-9._\-]{0,38}[a-z0-9])?"
          hint="Lower-case letters, digits, dots and dashes"
          value={user}
          onChange={(event) => setUser(event.target.value)}
        />
        <Field
          label="A password"
          type="password"
          autoComplete="new-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          {...(short
            ? { mistake: `${PASSWORD_MIN - password.length} more characters` }
            : { hint: `At least ${PASSWORD_MIN} characters; a sentence is good` })}
        />
        <ProblemBox error={setUp.error} />
        <button type="submit" className="button primary" disabled={setUp.busy}>
          Claim the box
        </button>
      </form>
    </main>
  )
}
