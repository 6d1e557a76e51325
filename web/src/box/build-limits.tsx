import { BUILD_LIMIT_FORMS } from '../../../server/contract/build-forms.ts'
import { call, refresh, useCall } from '../shell/api.ts'
import { Section } from '../ui/empty.tsx'
import { SettingsForm } from '../ui/settings-form.tsx'
import { Asked } from '../ui/waiting.tsx'

/** What builds may take, from the next one on; for owners of the box. */
export function BuildLimits() {
  const limits = useCall('builds.limits')
  return (
    <Section title="Limits of builds">
      <Asked query={limits}>
        {(answer) => (
          <SettingsForm
            forms={BUILD_LIMIT_FORMS}
            settings={answer.limits}
            defaults={answer.defaults}
            command="paas builds:limits"
            save={async (body) => {
              await call('builds.limit', { body })
              await refresh('builds.limits')
            }}
          />
        )}
      </Asked>
    </Section>
  )
}
