import { type InputHTMLAttributes, useId } from 'react'

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
