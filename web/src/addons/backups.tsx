import { useState } from 'react'
import type { Backups } from '../../../server/contract/backup.ts'
import { call, refresh, useCall } from '../shell/api.ts'
import { PAGE_MAX } from '../shell/bounds.ts'
import { Link } from '../shell/router.tsx'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Empty, Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { State } from '../ui/state.tsx'
import { Ago, Moment } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'
import { BackupRow } from './backup-row.tsx'

const EVERY_MS = 3_000
const SHOWN = 20

export function BackupsSection({ app, addon }: { app: string; addon: string }) {
  const [limit, setLimit] = useState(SHOWN)
  const backups = useCall('backups.list', { params: { app }, query: { addon, limit } }, { everyMs: EVERY_MS })
  const [begun, setBegun] = useState<string>()
  const create = useAction(async () => {
    const made = await call('backups.create', { params: { app }, body: { addon }, idempotencyKey: crypto.randomUUID() })
    setBegun(made.name)
    await refresh('backups.list')
  })
  return (
    <Section
      title="Backups"
      aside={
        <button type="button" className="button small" disabled={create.busy} onClick={() => create.run()}>
          Back up now
        </button>
      }
    >
      <p role="status" className="visually-hidden">
        {begun !== undefined && `${begun} is being made.`}
      </p>
      <ProblemBox error={create.error} />
      <Asked query={backups}>{(found) => <BackupsOf app={app} addon={addon} found={found} />}</Asked>
      {backups.data?.next && limit < PAGE_MAX && (
        <button type="button" className="button small" onClick={() => setLimit(PAGE_MAX)}>
          Older backups
        </button>
      )}
      <Cli line={`paas backups:create ${addon} -a ${app}`} />
    </Section>
  )
}

function BackupsOf({ app, addon, found }: { app: string; addon: string; found: Backups }) {
  const { items } = found
  const names = new Set(items.map(({ name }) => name))
  const restores = found.restores.filter(({ backup, of }) => of === addon || (backup !== null && names.has(backup)))
  return (
    <>
      <Sureness addon={addon} found={found} />
      {items.length === 0 ? (
        <Empty title="No backup yet">
          <p className="quiet">One is made in the background, sealed, and then proved: restored and compared.</p>
        </Empty>
      ) : (
        <ol className="domains">
          {items.map((backup) => (
            <BackupRow key={backup.id} app={app} backup={backup} />
          ))}
        </ol>
      )}
      {restores.length > 0 && (
        <ol className="rows" aria-label="Restores">
          {restores.map(({ id, name, backup, moment, state, why, addon: made, createdAt }) => (
            <li key={id}>
              <State state={state} />
              <span className="grow">
                {name}: {backup ?? (moment && <Moment at={moment} />)} into{' '}
                {made === null ? 'a new addon' : <Link to={`/apps/${app}/addons/${made}`}>{made}</Link>}
                {why && <span className="low block">{why}</span>}
                {state === 'succeeded' && (
                  <span className="quiet block">
                    Look it over there, then attach and promote it in place of this one.
                  </span>
                )}
              </span>
              <span className="quiet">
                <Ago at={createdAt} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </>
  )
}

/** How far one could go back for sure. */
function Sureness({ addon, found }: { addon: string; found: Backups }) {
  const protection = found.protection.find((each) => each.addon === addon)
  return (
    <>
      <p className={protection?.lastProvedAt ? '' : 'low'}>
        {protection?.lastProvedAt ? (
          <>
            For sure one can go back to what was there <Ago at={protection.lastProvedAt} />: that backup is proved.
          </>
        ) : (
          'No backup has been proved yet: nothing is for sure.'
        )}
      </p>
      {found.keyShownAt === null && (
        <p className="low">
          The recovery key was never shown to anybody: if this box is lost, so are its backups. An owner of the box
          prints it with <code>paas backups:key</code>.
        </p>
      )}
    </>
  )
}
