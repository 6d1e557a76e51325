import { useState } from 'react'
import { call, refresh } from '../shell/api.ts'
import { navigate } from '../shell/router.tsx'
import { TypedName } from '../ui/typed-name.tsx'

export function DestroyAddon({ app, addon, onClose }: { app: string; addon: string; onClose: () => void }) {
  const [without, setWithout] = useState(false)
  const destroy = async (confirm: string) => {
    const query = { confirm, ...(without && { backup: 'false' as const }) }
    await call('addons.destroy', { params: { app, addon }, query })
    await refresh('addons.list')
    navigate(`/apps/${app}/resources`)
  }
  return (
    <TypedName
      title={`Destroy ${addon}`}
      name={addon}
      act="Destroy it"
      line={`paas addons:destroy ${addon} -a ${app} --confirm ${addon}${without ? ' --no-backup' : ''}`}
      work={destroy}
      onClose={onClose}
    >
      <p>
        {without
          ? 'All its data goes with it, at once. There is no way back but to backups that were made before.'
          : 'A last backup is made first, and kept; when that fails nothing is destroyed. Then all its data goes.'}
      </p>
      <label className="check">
        <input type="checkbox" checked={without} onChange={(event) => setWithout(event.target.checked)} />
        Without a last backup: for one that answers no more
      </label>
    </TypedName>
  )
}
