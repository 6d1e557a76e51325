import type { Addon } from '../../../server/contract/addon.ts'
import { useCall } from '../shell/api.ts'
import { Link } from '../shell/router.tsx'
import { Empty, Section } from '../ui/empty.tsx'
import { State } from '../ui/state.tsx'
import { Asked } from '../ui/waiting.tsx'
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
  const names = addon.attachments.filter((each) => each.app === app).map(({ variable }) => variable)
  return (
    <li>
      <div className="domain-line">
        <Link className="domain-host" to={`/apps/${app}/addons/${addon.name}`}>
          {addon.name}
        </Link>
        <State state={addon.state} label={addon.step ?? addon.state} />
        <span className="quiet">
          {addon.service} {addon.version}, {addon.plan}
          {addon.app !== app && `, of ${addon.app}`}
        </span>
      </div>
      <p className="quiet">
        {names.length === 0 ? 'not attached to this app' : `the app knows it as ${names.join(', ')}`}
      </p>
      {addon.reason && <p className="low">{addon.reason}</p>}
      {addon.conditions.map(({ code, words }) => (
        <p key={code} className="low">
          {words}
        </p>
      ))}
    </li>
  )
}
