import { type Form, type Forms, settingKey } from '../../../server/contract/setting-forms.ts'

export type Values = Readonly<Record<string, unknown>>
/** Edits that were not applied yet, by name, as they are typed; an empty one goes back to the default. */
export type Edits = Readonly<Record<string, string>>

/** As it stands in a field: nothing at all where there is none. */
export function textOf(form: Form, value: unknown): string {
  const none = value === null || value === undefined || (Array.isArray(value) && value.length === 0)
  return none ? '' : form.write(value)
}

/** What a typed text cannot be. */
export function writtenWrong(form: Form, text: string): string | undefined {
  return text === '' || form.read(text) !== undefined ? undefined : `Write ${form.hint}`
}

/** Edits that differ from what is set. */
export function changedOf(forms: Forms, settings: Values, edits: Edits): Edits {
  const changed = Object.entries(edits).filter(([name, text]) => {
    const form = forms[name]
    return form !== undefined && text !== textOf(form, settings[settingKey(name)])
  })
  return Object.fromEntries(changed)
}

/** As the API has them. */
export function changesOf(forms: Forms, changed: Edits): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(changed).map(([name, text]) => [settingKey(name), text === '' ? null : forms[name]?.read(text)]),
  )
}
