import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from 'react'

type FieldProps = { label: string; hint?: string; mistake?: string | undefined } & InputHTMLAttributes<HTMLInputElement>

/** An input with its label, and what is wrong with it in words. */
export function Field({ label, hint, mistake, ...input }: FieldProps) {
  const id = useId()
  const said = mistake ?? hint
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        aria-invalid={mistake !== undefined}
        {...(said !== undefined && { 'aria-describedby': `${id}-said` })}
        {...input}
      />
      {said !== undefined && (
        <p id={`${id}-said`} className={mistake === undefined ? 'hint' : 'mistake'}>
          {said}
        </p>
      )}
    </div>
  )
}

type ChoiceProps = { label: string; children: ReactNode } & SelectHTMLAttributes<HTMLSelectElement>

/** One of several, with its label. */
export function Choice({ label, children, ...select }: ChoiceProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} {...select}>
        {children}
      </select>
    </div>
  )
}
