import { type InputHTMLAttributes, type ReactNode, useState } from 'react'
import { useAction } from './action.ts'
import { Cli } from './copy.tsx'
import { Section } from './empty.tsx'
import { Field } from './field.tsx'
import { mistakeAt } from './mistake.ts'
import { ProblemBox } from './problem.tsx'

type Props = Pick<InputHTMLAttributes<HTMLInputElement>, 'pattern'> & {
  onRename: (name: string) => Promise<void>
  cli: (name: string) => string
  children?: ReactNode
}

/** A new name for what the page is about. */
export function RenameForm({ onRename, cli, pattern, children }: Props) {
  const [name, setName] = useState('')
  const rename = useAction(() => onRename(name))
  return (
    <Section title="Rename">
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault()
          void rename.run()
        }}
      >
        <Field
          label="New name"
          autoCapitalize="none"
          spellCheck={false}
          required
          pattern={pattern}
          value={name}
          mistake={mistakeAt(rename.error, 'name')}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="button" disabled={rename.busy}>
          Rename
        </button>
      </form>
      {children}
      <ProblemBox error={rename.error} />
      <Cli line={cli(name || 'NEW')} />
    </Section>
  )
}
