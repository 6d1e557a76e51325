import { useState } from 'react'
import { call, refresh } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { ProblemBox } from '../ui/problem.tsx'

export function DestroyAddon({ app, addon, onClose }: { app: string; addon: string; onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const destroy = useAction(async () => {
    await call('addons.destroy', { params: { app, addon }, query: { confirm: typed } })
    await refresh('addons.list')
    onClose()
  })
  return (
    <Dialog title={`Destroy ${addon}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (typed === addon) void destroy.run()
        }}
      >
        <p>All its data goes with it. There is no way back.</p>
        <Field
          label={`Type ${addon} to destroy it`}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <ProblemBox error={destroy.error} />
        <div className="buttons">
          <button type="submit" className="button danger" disabled={typed !== addon || destroy.busy}>
            Destroy it
          </button>
        </div>
        <Cli line={`paas addons:destroy ${addon} -a ${app} --confirm ${addon}`} />
      </form>
    </Dialog>
  )
}
