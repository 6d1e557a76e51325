import { useState } from 'react'
import type { Backup } from '../../../server/contract/backup.ts'
import { call, refresh } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { sizeText } from '../ui/size.ts'
import { State } from '../ui/state.tsx'
import { Ago } from '../ui/time.tsx'
import { TypedName } from '../ui/typed-name.tsx'

const REASONS: Record<Backup['reason'], string> = {
  manual: 'by hand',
  scheduled: 'scheduled',
  before: 'before something was destroyed',
}

export function BackupRow({ app, backup }: { app: string; backup: Backup }) {
  const [asking, setAsking] = useState<'restore' | 'remove'>()
  const params = { app, backup: backup.name }
  const prove = useAction(async () => {
    await call('backups.prove', { params })
    await refresh('backups.list')
  })
  const { name, state, reason, storedBytes, store, why, createdAt, progress } = backup
  return (
    <li>
      <div className="domain-line">
        <span className="domain-host">{name}</span>
        <State
          state={state}
          label={state === 'running' && progress.percent !== null ? `${progress.percent} %` : state}
        />
        <span className="quiet">
          {REASONS[reason]}, <Ago at={createdAt} />
          {storedBytes !== null && `, ${sizeText(storedBytes)}`}
          {store === 's3' && ', in the bucket'}
        </span>
        {state === 'succeeded' && (
          <span className="domain-acts">
            <button
              type="button"
              className="button small"
              aria-label={`Prove ${name}`}
              disabled={prove.busy || backup.proof.state === 'running'}
              onClick={() => prove.run()}
            >
              Prove
            </button>
            <button
              type="button"
              className="button small"
              aria-label={`Restore ${name}`}
              onClick={() => setAsking('restore')}
            >
              Restore
            </button>
            <button
              type="button"
              className="button small"
              aria-label={`Remove ${name}`}
              onClick={() => setAsking('remove')}
            >
              Remove
            </button>
          </span>
        )}
      </div>
      {why && <p className="low">{why}</p>}
      {state === 'succeeded' && <Proof proof={backup.proof} />}
      <ProblemBox error={prove.error} />
      {asking === 'restore' && <RestoreBackup app={app} backup={backup} onClose={() => setAsking(undefined)} />}
      {asking === 'remove' && (
        <TypedName
          title={`Remove ${name}`}
          name={name}
          act="Remove it"
          line={`paas backups:remove ${name} -a ${app} --confirm ${name}`}
          work={async () => {
            await call('backups.remove', { params })
            await refresh('backups.list')
          }}
          onClose={() => setAsking(undefined)}
        >
          <p>It goes from its store. There is no way back to what was only in it.</p>
        </TypedName>
      )}
    </li>
  )
}

function Proof({ proof: { state, why, at } }: { proof: Backup['proof'] }) {
  if (state === 'failed') return <p className="low">It cannot be relied on: {why}</p>
  if (state === 'running') return <State state="checking" label="is being proved" />
  if (state === 'proved' && at !== null)
    return (
      <p className="quiet">
        proved <Ago at={at} />: restored and compared
      </p>
    )
  return <p className="quiet">{state === 'waiting' ? 'is proved by itself soon' : 'not proved'}</p>
}

function RestoreBackup({ app, backup, onClose }: { app: string; backup: Backup; onClose: () => void }) {
  const restore = useAction(async () => {
    await call('backups.restore', { params: { app, backup: backup.name }, idempotencyKey: crypto.randomUUID() })
    await refresh('backups.list', 'addons.list')
    onClose()
  })
  return (
    <Dialog title={`Restore ${backup.name}`} onClose={onClose}>
      <p>
        It is restored into a new addon beside {backup.addon}, which stays as it is. Look the new one over, then attach
        and promote it: the app then uses it instead, and can be led back.
      </p>
      <ProblemBox error={restore.error} />
      <div className="buttons">
        <button type="button" className="button primary" disabled={restore.busy} onClick={() => restore.run()}>
          Restore into a new addon
        </button>
      </div>
      <Cli line={`paas backups:restore ${backup.name} -a ${app}`} />
    </Dialog>
  )
}
