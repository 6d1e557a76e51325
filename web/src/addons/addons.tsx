import { useState } from 'react'
import type { Addon } from '../../../server/contract/addon.ts'
import { call, refresh, useCall } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Cli, Copy } from '../ui/copy.tsx'
import { Empty, Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { State } from '../ui/state.tsx'
import { Asked } from '../ui/waiting.tsx'
import { DestroyAddon } from './destroy-addon.tsx'
import { NewAddon } from './new-addon.tsx'

const EVERY_MS = 2_500

export function AddonsSection({ app }: { app: string }) {
  const addons = useCall('addons.list', { params: { app } }, { everyMs: EVERY_MS })
  return (
    <Section title="Addons">
      <Asked query={addons}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No addon yet">
              <p className="quiet">A database is made here, and the app gets its address as a config var.</p>
            </Empty>
          ) : (
            <ul className="domains">
              {items.map((addon) => (
                <Row key={addon.id} app={app} addon={addon} />
              ))}
            </ul>
          )
        }
      </Asked>
      <NewAddon app={app} />
    </Section>
  )
}

function Row({ app, addon }: { app: string; addon: Addon }) {
  const [destroying, setDestroying] = useState(false)
  const [urls, setUrls] = useState<string[]>()
  const reveal = useAction(async () => {
    const { items } = await call('addons.credentials', { params: { app, addon: addon.name } })
    setUrls(items.flatMap(({ url }) => (url === null ? [] : [url])))
  })
  const restart = useAction(async () => {
    await call('addons.restart', { params: { app, addon: addon.name } })
    await refresh('addons.list')
  })
  const names = addon.attachments.filter((each) => each.app === app).map(({ variable }) => variable)
  return (
    <li>
      <div className="domain-line">
        <span className="domain-host">{addon.name}</span>
        <State state={addon.state} label={addon.step ?? addon.state} />
        <span className="quiet">
          {addon.service} {addon.version}, {addon.plan}
          {addon.app !== app && `, of ${addon.app}`}
        </span>
        <span className="domain-acts">
          <button
            type="button"
            className="button small"
            disabled={reveal.busy}
            onClick={() => (urls ? setUrls(undefined) : reveal.run())}
          >
            {urls ? 'Hide' : 'Credentials'}
          </button>
          <button type="button" className="button small" disabled={restart.busy} onClick={() => restart.run()}>
            Restart
          </button>
          {addon.app === app && (
            <button type="button" className="button small" onClick={() => setDestroying(true)}>
              Destroy
            </button>
          )}
        </span>
      </div>
      <p className="quiet">
        {names.length === 0 ? 'not attached to this app' : `the app knows it as ${names.join(', ')}`}
      </p>
      {addon.reason && <p className="low">{addon.reason}</p>}
      {urls?.map((url) => (
        <Copy key={url} text={url} label="Copy the address with its password" />
      ))}
      {urls?.length === 0 && <p className="quiet">Your role may not read them.</p>}
      <ProblemBox error={reveal.error ?? restart.error} />
      <Cli line={`paas addons:info ${addon.name} -a ${app}`} />
      {destroying && <DestroyAddon app={app} addon={addon.name} onClose={() => setDestroying(false)} />}
    </li>
  )
}
