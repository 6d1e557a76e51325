import type { ReactNode } from 'react'
import type { Action } from './action.ts'
import { Cli } from './copy.tsx'
import { ProblemBox } from './problem.tsx'

type Props = {
  action: Action<[]>
  /** On the button. */
  act: string
  /** The command that does the same. */
  line: string
  disabled?: boolean
  /** Of what else can go wrong beside it. */
  error?: unknown
  /** Behind the button. */
  more?: ReactNode
  /** Between the form and its command. */
  said?: ReactNode
  children: ReactNode
}

/** Fields in a line, what is done with them, what went wrong, and the command for it. */
export function ActForm({ action, act, line, disabled = false, error, more, said, children }: Props) {
  return (
    <>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault()
          void action.run()
        }}
      >
        {children}
        <button type="submit" className="button" disabled={action.busy || disabled}>
          {act}
        </button>
        {more}
      </form>
      {said}
      <ProblemBox error={action.error ?? error} />
      <Cli line={line} />
    </>
  )
}
