import { useState } from 'react'
import { nameMistake, readDotenv, type Staged } from './staged.ts'

/** One by one, or a whole .env file pasted into the name. */
export function AddVars({ stage }: { stage: (edits: Staged) => void }) {
  const [name, setName] = useState('')
  const [value, setValue] = useState('')
  const [said, setSaid] = useState<string>()
  const mistake = name === '' ? undefined : nameMistake(name)
  return (
    <form
      className="inline-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (name === '' || mistake !== undefined) return
        stage({ [name]: value })
        setName('')
        setValue('')
        setSaid(undefined)
      }}
    >
      <input
        className="mono"
        aria-label="Name of the new config var"
        aria-invalid={mistake !== undefined}
        placeholder="NAME"
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
        onPaste={(event) => {
          const { vars, bad } = readDotenv(event.clipboardData.getData('text'))
          const count = Object.keys(vars).length
          if (count === 0) return
          event.preventDefault()
          stage(vars)
          setSaid(`${count} staged${bad.length > 0 ? `; not understood: ${bad.join(', ')}` : ''}.`)
        }}
      />
      <input
        className="mono grow"
        aria-label="Value of the new config var"
        placeholder="value"
        spellCheck={false}
        autoComplete="off"
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      <button type="submit" className="button" disabled={name === '' || mistake !== undefined}>
        Stage
      </button>
      <p className={mistake === undefined ? 'hint' : 'mistake'}>
        {mistake ?? said ?? 'A .env file can be pasted into the name.'}
      </p>
    </form>
  )
}
