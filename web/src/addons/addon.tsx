import { useState } from 'react'
import type { AddonDetails } from '../../../server/contract/addon.ts'
import type { App } from '../../../server/contract/app.ts'
import { ShellWindow } from '../deploys/shell-window.tsx'
import { call, refresh, useCall } from '../shell/api.ts'
import { Link } from '../shell/router.tsx'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Fact } from '../ui/fact.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { State } from '../ui/state.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'
import { AddonUses } from './addon-uses.tsx'
import { ArchiveSection } from './archive.tsx'
import { BackupsSection } from './backups.tsx'
import { ChangeAddon } from './change-addon.tsx'
import { Credentials } from './credentials.tsx'
import { Exposure } from './exposure.tsx'
import { useRenamedHeading } from './renamed.ts'
import { Reports } from './reports.tsx'
import { Schedule } from './schedule.tsx'

const EVERY_MS = 4_000
/** Programs that people type into, by service. */
const CLIENTS: Record<string, string> = { postgresql: 'psql', redis: 'redis-cli', valkey: 'valkey-cli' }

export function AddonScreen({ app, name }: { app: App; name: string }) {
  const addon = useCall('addons.info', { params: { app: app.name, addon: name } }, { everyMs: EVERY_MS })
  return (
    <Asked query={addon} what={`Loading ${name}`}>
      {(found) => <AddonOf app={app} addon={found} />}
    </Asked>
  )
}

function AddonOf({ app, addon }: { app: App; addon: AddonDetails }) {
  const own = addon.app === app.name
  return (
    <div className="stack">
      <Head app={app} addon={addon} own={own} />
      <AddonUses app={app.name} addon={addon} own={own} />
      <Credentials app={app.name} addon={addon} />
      {own && <BackupsSection app={app.name} addon={addon.name} />}
      {own && <Schedule app={app.name} addon={addon.name} />}
      {own && addon.service === 'postgresql' && <ArchiveSection app={app.name} addon={addon.name} />}
      {own && <Reports app={app.name} addon={addon.name} />}
      {own && <Exposure app={app.name} addon={addon} />}
      {own && <ChangeAddon app={app.name} addon={addon} />}
    </div>
  )
}

function Head({ app, addon, own }: { app: App; addon: AddonDetails; own: boolean }) {
  const [typing, setTyping] = useState(false)
  const heading = useRenamedHeading(addon.name)
  const params = { app: app.name, addon: addon.name }
  const restart = useAction(async () => {
    await call('addons.restart', { params })
    await refresh('addons.info', 'addons.list')
  })
  const client = addon.attachments.some((each) => each.app === app.name) ? CLIENTS[addon.service] : undefined
  return (
    <section className="section" aria-label={addon.name}>
      <div className="build-head">
        <h2 className="addon-name" ref={heading} tabIndex={-1}>
          {addon.name}
        </h2>
        <span role="status">
          <State state={addon.state} label={addon.step ?? addon.state} />
        </span>
        <Link to={`/apps/${app.name}/resources`}>All resources</Link>
        <span className="domain-acts">
          {client && !typing && app.release !== null && (
            <button type="button" className="button small" onClick={() => setTyping(true)}>
              Open {client}
            </button>
          )}
          {own && (
            <button type="button" className="button small" disabled={restart.busy} onClick={() => restart.run()}>
              Restart
            </button>
          )}
        </span>
      </div>
      {addon.reason && <p className="low">{addon.reason}</p>}
      {!own && (
        <p className="quiet">
          It belongs to {addon.app}, where it is changed:{' '}
          <Link to={`/apps/${addon.app}/addons/${addon.name}`}>its page there</Link>.
        </p>
      )}
      <ProblemBox error={restart.error} />
      {typing && client && (
        <ShellWindow
          title={`${client} on ${addon.name}`}
          start={(tty) => call('addons.client', { params, body: { tty } })}
          onClose={() => setTyping(false)}
        />
      )}
      <Facts addon={addon} />
      <Cli line={`paas addons:info ${addon.name} -a ${app.name}`} />
    </section>
  )
}

function Facts({ addon }: { addon: AddonDetails }) {
  return (
    <dl className="facts">
      <dt>Service</dt>
      <dd>
        {addon.service} {addon.version}, plan {addon.plan}
      </dd>
      {addon.facts.map(({ name, value }) => (
        <Fact key={name} name={name}>
          {value}
        </Fact>
      ))}
      <dt>Created</dt>
      <dd>
        <Ago at={addon.createdAt} />
      </dd>
    </dl>
  )
}
