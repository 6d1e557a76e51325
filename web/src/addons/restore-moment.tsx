import { useState } from 'react'
import type { Archive } from '../../../server/contract/archive.ts'
import { call, refresh } from '../shell/api.ts'
import { isoTime, localTime } from '../telemetry/log-address.ts'
import { ActForm } from '../ui/act-form.tsx'
import { useAction } from '../ui/action.ts'
import { Field } from '../ui/field.tsx'
import { mistakeAt } from '../ui/mistake.ts'

type RestoreMomentProps = { app: string; addon: string; windows: Archive['windows'] }

/** Into a new addon, from any second between the first and the last that are stored; of gaps in between the box tells. */
export function RestoreMoment({ app, addon, windows }: RestoreMomentProps) {
  const from = windows[0]?.from ?? ''
  const to = localTime(windows.at(-1)?.to ?? '')
  const [chosen, setChosen] = useState<string>()
  const [begun, setBegun] = useState<string>()
  const at = chosen ?? to
  const restore = useAction(async () => {
    const body = { at: isoTime(at) ?? '' }
    const idempotencyKey = crypto.randomUUID()
    const { name } = await call('archives.restore', { params: { app, addon }, body, idempotencyKey })
    setBegun(name)
    await refresh('backups.list', 'addons.list')
  })
  return (
    <ActForm
      action={restore}
      act="Bring it back"
      more={<p className="hint">It goes into a new addon; this one stays as it is.</p>}
      said={
        <p role="status">{begun !== undefined && `${begun} has begun: what becomes of it stands among the backups.`}</p>
      }
      line={`paas pg:restore ${addon} --to '${at.replace('T', ' ')}' -a ${app}`}
    >
      <Field
        label="Moment to bring back"
        type="datetime-local"
        step={1}
        required
        min={localTime(new Date(Math.ceil(Date.parse(from) / 1000) * 1000).toISOString())}
        max={to}
        value={at}
        mistake={mistakeAt(restore.error, 'at')}
        onChange={(event) => setChosen(event.target.value)}
      />
    </ActForm>
  )
}
