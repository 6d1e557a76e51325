import { type InputHTMLAttributes, type ReactNode, useState } from 'react'
import { ActForm } from './act-form.tsx'
import { useAction } from './action.ts'
import { Section } from './empty.tsx'
import { Field } from './field.tsx'
import { mistakeAt } from './mistake.ts'

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
      <ActForm action={rename} act="Rename" line={cli(name || 'NEW')} said={children}>
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
      </ActForm>
    </Section>
  )
}
