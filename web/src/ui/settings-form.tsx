import { useState } from 'react'
import { type Form, type Forms, settingKey } from '../../../server/contract/setting-forms.ts'
import { useAction } from './action.ts'
import { Cli } from './copy.tsx'
import { Choice, Field } from './field.tsx'
import { mistakeAt } from './mistake.ts'
import { ProblemBox } from './problem.tsx'
import { quoted } from './quoted.ts'
import { changedOf, changesOf, type Edits, textOf, type Values, writtenWrong } from './setting-text.ts'

type SettingsFormProps = {
  forms: Forms
  settings: Values
  defaults: Values
  /** `paas routing:set`, and what stands behind the pairs. */
  command: string
  behind?: string
  save: (changes: Record<string, unknown>) => Promise<unknown>
}

/** Settings by name, as the command line has them. Edits are applied together; an empty field is the default. */
export function SettingsForm({ forms, settings, defaults, command, behind = '', save }: SettingsFormProps) {
  const [edits, setEdits] = useState<Edits>({})
  const changed = changedOf(forms, settings, edits)
  const names = Object.keys(changed)
  const wrong = names.some((name) => forms[name] && writtenWrong(forms[name], changed[name] ?? ''))
  const apply = useAction(async () => {
    await save(changesOf(forms, changed))
    setEdits({})
  })
  const pairs = names.map((name) => quoted(`${name}=${changed[name] || 'default'}`))
  return (
    <>
      <form
        className="settings"
        onSubmit={(event) => {
          event.preventDefault()
          if (names.length > 0 && !wrong) void apply.run()
        }}
      >
        {Object.entries(forms).map(([name, form]) => (
          <Setting
            key={name}
            name={name}
            form={form}
            fallback={defaults[settingKey(name)]}
            text={edits[name] ?? textOf(form, settings[settingKey(name)])}
            changed={changed[name] !== undefined}
            mistake={mistakeAt(apply.error, settingKey(name))}
            onChange={(text) => setEdits({ ...edits, [name]: text })}
          />
        ))}
        <div className="buttons settings-acts">
          <button type="submit" className="button primary" disabled={names.length === 0 || wrong || apply.busy}>
            {apply.busy ? 'Applying …' : 'Apply'}
          </button>
          {names.length > 0 && (
            <button type="button" className="button" disabled={apply.busy} onClick={() => setEdits({})}>
              As it was
            </button>
          )}
        </div>
      </form>
      <ProblemBox error={apply.error} />
      <Cli line={[command, ...(pairs.length > 0 ? pairs : ['NAME=VALUE']), behind].filter(Boolean).join(' ')} />
    </>
  )
}

type SettingProps = {
  name: string
  form: Form
  fallback: unknown
  text: string
  changed: boolean
  mistake: string | undefined
  onChange: (text: string) => void
}

function Setting({ name, form, fallback, text, changed, mistake, onChange }: SettingProps) {
  const usual = textOf(form, fallback)
  const className = changed ? 'changed' : ''
  if (form.choices)
    return (
      <Choice label={name} className={className} value={text} onChange={(event) => onChange(event.target.value)}>
        {form.choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice === usual ? `${choice} (default)` : choice}
          </option>
        ))}
      </Choice>
    )
  return (
    <Field
      label={name}
      className={className}
      spellCheck={false}
      autoCapitalize="none"
      autoComplete="off"
      placeholder={usual || 'none'}
      hint={`${form.hint}${usual && usual !== text ? `; empty: ${usual}` : ''}`}
      mistake={writtenWrong(form, text) ?? mistake}
      value={text}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}
