import { useState } from 'react'
import type { App } from '../../../server/contract/app.ts'
import { call, refresh } from '../shell/api.ts'
import { navigate } from '../shell/router.tsx'
import { useAction } from '../ui/action.ts'
import { Cli, Copy } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { Field } from '../ui/field.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { RenameForm } from '../ui/rename-form.tsx'
import { Ago } from '../ui/time.tsx'
import { BuildSection, RoutingSection } from './app-settings.tsx'
import { MembersSection } from './members.tsx'

export function Settings({ app }: { app: App }) {
  return (
    <div className="stack">
      <Section title="About">
        <dl className="facts">
          <dt>Owner</dt>
          <dd>{app.owner}</dd>
          <dt>Created</dt>
          <dd>
            <Ago at={app.createdAt} />
          </dd>
          <dt>Git over SSH</dt>
          <dd>
            <Copy text={app.git.ssh} />
          </dd>
          <dt>Git over HTTP</dt>
          <dd>
            <Copy text={app.git.http} />
          </dd>
        </dl>
      </Section>
      <Maintenance app={app} />
      <RoutingSection app={app.name} />
      <BuildSection app={app.name} />
      <MembersSection app={app.name} />
      <Rename app={app} />
      <Destroy app={app} />
    </div>
  )
}

function Maintenance({ app }: { app: App }) {
  const toggle = useAction(async () => {
    await call('apps.update', { params: { app: app.name }, body: { maintenance: !app.maintenance } })
    await refresh('apps.info', 'apps.list')
  })
  return (
    <Section title="Maintenance">
      <p>
        {app.maintenance ? 'Visitors see the maintenance page; the app goes on running.' : 'Visitors reach the app.'}
      </p>
      <div className="buttons">
        <button type="button" className="button" disabled={toggle.busy} onClick={() => toggle.run()}>
          {app.maintenance ? 'Let visitors in' : 'Show the maintenance page'}
        </button>
      </div>
      <ProblemBox error={toggle.error} />
      <Cli line={`paas maintenance:${app.maintenance ? 'off' : 'on'} -a ${app.name}`} />
    </Section>
  )
}

function Rename({ app }: { app: App }) {
  const rename = async (name: string) => {
    await call('apps.update', { params: { app: app.name }, body: { name } })
    await refresh('apps.list')
    navigate(`/apps/${name}/settings`, { replace: true })
  }
  return (
    <RenameForm
      onRename={rename}
      cli={(name) => `paas apps:rename ${name} -a ${app.name}`}
      pattern="[a-z]([a-z0-9\-]{0,28}[a-z0-9])?"
    >
      <p className="hint">Its given address and its git remotes change with it.</p>
    </RenameForm>
  )
}

function Destroy({ app }: { app: App }) {
  const [typed, setTyped] = useState('')
  const destroy = useAction(async () => {
    await call('apps.destroy', { params: { app: app.name }, query: { confirm: typed } })
    await refresh('apps.list')
    navigate('/')
  })
  return (
    <Section title="Destroy">
      <p>Its releases, config vars, domains and logs go with it. There is no way back.</p>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (typed === app.name) void destroy.run()
        }}
      >
        <Field
          label={`Type ${app.name} to destroy it`}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <button type="submit" className="button danger" disabled={typed !== app.name || destroy.busy}>
          {destroy.busy ? 'Destroying …' : `Destroy ${app.name}`}
        </button>
      </form>
      <ProblemBox error={destroy.error} />
      <Cli line={`paas apps:destroy -a ${app.name} --confirm ${app.name}`} />
    </Section>
  )
}
