import { useState } from 'react'
import { call, passwordAsked, Refused } from '../shell/api.ts'
import { useSignal } from '../shell/signal.ts'
import { useAction } from '../ui/action.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { ProblemBox } from '../ui/problem.tsx'

/** Asks for the password again before what shows secrets or cannot be taken back. */
export function ConfirmPassword() {
  const asked = useSignal(passwordAsked)
  return asked ? <Asking given={asked.given} refused={asked.refused} /> : null
}

function Asking({ given, refused }: { given: () => void; refused: (reason: Error) => void }) {
  const [password, setPassword] = useState('')
  const confirm = useAction(async () => {
    await call('session.confirm', { body: { password } })
    given()
  })
  return (
    <Dialog title="Your password, please" onClose={() => refused(new Refused('The password was not given.'))}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void confirm.run()
        }}
      >
        <p>This shows secrets or cannot be taken back. Your password counts for 10 minutes.</p>
        <Field
          label="Password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <ProblemBox error={confirm.error} />
        <div className="buttons">
          <button type="submit" className="button primary" disabled={confirm.busy}>
            Go on
          </button>
        </div>
      </form>
    </Dialog>
  )
}
