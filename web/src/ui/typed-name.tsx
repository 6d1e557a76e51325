import { type ReactNode, useState } from 'react'
import { useAction } from './action.ts'
import { Cli } from './copy.tsx'
import { Dialog } from './dialog.tsx'
import { Field } from './field.tsx'
import { ProblemBox } from './problem.tsx'

type TypedNameProps = {
  title: string
  name: string
  act: string
  line: string
  work: (typed: string) => Promise<unknown>
  onClose: () => void
  children: ReactNode
}

/** What cannot be taken back is done by typing its name. */
export function TypedName({ title, name, act, line, work, onClose, children }: TypedNameProps) {
  const [typed, setTyped] = useState('')
  const doing = useAction(async () => {
    await work(typed)
    onClose()
  })
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (typed === name) void doing.run()
        }}
      >
        {children}
        <Field
          label={`Type ${name} to go on`}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <ProblemBox error={doing.error} />
        <div className="buttons">
          <button type="submit" className="button danger" disabled={typed !== name || doing.busy}>
            {act}
          </button>
        </div>
        <Cli line={line} />
      </form>
    </Dialog>
  )
}
