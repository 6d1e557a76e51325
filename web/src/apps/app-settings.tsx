import { useState } from 'react'
import { BUILD_FORMS } from '../../../server/contract/build-forms.ts'
import { ROUTING_FORMS } from '../../../server/contract/routing-forms.ts'
import { call, refresh, useCall } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { Field } from '../ui/field.tsx'
import { mistakeAt } from '../ui/mistake.ts'
import { ProblemBox } from '../ui/problem.tsx'
import { quoted } from '../ui/quoted.ts'
import { SettingsForm } from '../ui/settings-form.tsx'
import { Asked } from '../ui/waiting.tsx'

/** How the router treats its requests. */
export function RoutingSection({ app }: { app: string }) {
  const params = { app }
  const routing = useCall('routing.show', { params })
  return (
    <Section title="Routing">
      <Asked query={routing}>
        {({ settings, defaults }) => (
          <>
            <SettingsForm
              forms={ROUTING_FORMS}
              settings={settings}
              defaults={defaults}
              command="paas routing:set"
              behind={`-a ${app}`}
              save={async (body) => {
                await call('routing.update', { params, body })
                await refresh('routing.show', 'domains.list', 'certs.list')
              }}
            />
            <p className="hint">
              {settings.auth.length > 0 && `Only ${settings.auth.join(', ')} get in, with a password. `}
              Passwords, headers, pages of your own and paths: <code>paas routing:auth</code>,{' '}
              <code>routing:headers</code>, <code>routing:page</code>, <code>routing:paths</code>.
            </p>
          </>
        )}
      </Asked>
    </Section>
  )
}

/** How it is built, from the next build on. */
export function BuildSection({ app }: { app: string }) {
  const params = { app }
  const build = useCall('build.settings', { params })
  return (
    <Section title="Build">
      <Asked query={build}>
        {({ settings, defaults }) => (
          <SettingsForm
            forms={BUILD_FORMS}
            settings={settings}
            defaults={defaults}
            command="paas build:set"
            behind={`-a ${app}`}
            save={async (body) => {
              await call('build.update', { params, body })
              await refresh('build.settings')
            }}
          />
        )}
      </Asked>
      <Buildpacks app={app} />
    </Section>
  )
}

function Buildpacks({ app }: { app: string }) {
  const params = { app }
  const listed = useCall('buildpacks.list', { params })
  const [text, setText] = useState<string>()
  const current = listed.data?.buildpacks.join(' ') ?? ''
  const wanted = (text ?? current).split(/\s+/).filter(Boolean)
  const set = useAction(async () => {
    await call('buildpacks.set', { params, body: { buildpacks: wanted } })
    await refresh('buildpacks.list')
    setText(undefined)
  })
  return (
    <>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault()
          void set.run()
        }}
      >
        <Field
          label="Buildpacks, in order"
          spellCheck={false}
          autoCapitalize="none"
          placeholder="the files decide"
          value={text ?? current}
          mistake={mistakeAt(set.error, 'buildpacks')}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="button" disabled={set.busy || wanted.join(' ') === current}>
          Set buildpacks
        </button>
      </form>
      <ProblemBox error={set.error ?? listed.error} />
      <Cli
        line={
          wanted.length === 0
            ? `paas buildpacks:clear -a ${app}`
            : `paas buildpacks:set ${wanted.map(quoted).join(' ')} -a ${app}`
        }
      />
    </>
  )
}
