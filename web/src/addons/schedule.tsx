import { useState } from 'react'
import type { BackupSchedule } from '../../../server/contract/backup.ts'
import { call, refresh, useCall } from '../shell/api.ts'
import { ActForm } from '../ui/act-form.tsx'
import { useAction } from '../ui/action.ts'
import { Section } from '../ui/empty.tsx'
import { Field } from '../ui/field.tsx'
import { mistakeAt } from '../ui/mistake.ts'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'

const EVERY_NIGHT = '0 2 * * *'
const KEEPS = ['daily', 'weekly', 'monthly'] as const
const KEEP = { daily: 7, weekly: 4, monthly: 3 }

/** When it is backed up by itself, and how many are kept. */
export function Schedule({ app, addon }: { app: string; addon: string }) {
  const backups = useCall('backups.list', { params: { app }, query: { limit: 1 } })
  return (
    <Section title="Backup schedule">
      <Asked query={backups}>
        {({ schedules }) => {
          const schedule = schedules.find((each) => each.addon === addon)
          return <ScheduleForm key={schedule?.pattern} app={app} addon={addon} schedule={schedule} />
        }}
      </Asked>
    </Section>
  )
}

type FormProps = { app: string; addon: string; schedule: BackupSchedule | undefined }

function ScheduleForm({ app, addon, schedule }: FormProps) {
  const [pattern, setPattern] = useState(schedule?.pattern ?? EVERY_NIGHT)
  const [timezone, setTimezone] = useState(schedule?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone)
  const [keep, setKeep] = useState(schedule?.keep ?? KEEP)
  const params = { app, addon }
  const save = useAction(async () => {
    await call('backups.schedule', { params, body: { pattern, timezone, keep } })
    await refresh('backups.list')
  })
  const stop = useAction(async () => {
    await call('backups.unschedule', { params })
    await refresh('backups.list')
  })
  return (
    <>
      <p>
        {schedule ? (
          <>
            Backed up by itself, the next time <Ago at={schedule.nextAt} />
          </>
        ) : (
          'Not backed up by itself.'
        )}
      </p>
      <ActForm
        action={save}
        act={schedule ? 'Change' : 'Schedule'}
        disabled={stop.busy}
        error={stop.error}
        more={
          schedule && (
            <button type="button" className="button" disabled={save.busy || stop.busy} onClick={() => stop.run()}>
              Stop
            </button>
          )
        }
        line={`paas backups:schedule ${addon} --at '${pattern} ${timezone}' --keep ${keep.daily}d,${keep.weekly}w,${keep.monthly}m -a ${app}`}
      >
        <Field
          label="Minute, hour, day, month, weekday"
          className="mono"
          required
          value={pattern}
          mistake={mistakeAt(save.error, 'pattern')}
          onChange={(event) => setPattern(event.target.value)}
        />
        <Field
          label="Time zone"
          required
          value={timezone}
          mistake={mistakeAt(save.error, 'timezone')}
          onChange={(event) => setTimezone(event.target.value)}
        />
        {KEEPS.map((each) => (
          <span key={each} className="field-short">
            <Field
              label={`Keep ${each}`}
              inputMode="numeric"
              value={String(keep[each])}
              mistake={mistakeAt(save.error, `keep.${each}`)}
              onChange={(event) => setKeep({ ...keep, [each]: Number(event.target.value.replace(/\D/g, '')) })}
            />
          </span>
        ))}
      </ActForm>
    </>
  )
}
