import { useState } from 'react'
import type { Addon } from '../../../server/contract/addon.ts'
import { call, refresh, useCall } from '../shell/api.ts'
import { navigate } from '../shell/router.tsx'
import { ActForm } from '../ui/act-form.tsx'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { RenameForm } from '../ui/rename-form.tsx'
import { DestroyAddon } from './destroy-addon.tsx'
import { renamedTo } from './renamed.ts'

type AddonProps = { app: string; addon: Addon }

/** Its plan, its name, its end. */
export function ChangeAddon({ app, addon }: AddonProps) {
  const [destroying, setDestroying] = useState(false)
  return (
    <>
      <Resize app={app} addon={addon} />
      <Rename app={app} addon={addon} />
      <Section title="Destroy">
        <p>All its data goes with it, and the apps that use it lose their variables.</p>
        <div className="buttons">
          <button type="button" className="button danger" onClick={() => setDestroying(true)}>
            Destroy {addon.name}
          </button>
        </div>
        <Cli line={`paas addons:destroy ${addon.name} -a ${app}`} />
      </Section>
      {destroying && <DestroyAddon app={app} addon={addon.name} onClose={() => setDestroying(false)} />}
    </>
  )
}

function Resize({ app, addon }: AddonProps) {
  const plans = useCall('addons.plans')
  const [plan, setPlan] = useState(addon.plan)
  const resize = useAction(async () => {
    await call('addons.update', { params: { app, addon: addon.name }, body: { plan } })
    await refresh('addons.info', 'addons.list')
  })
  const items = (plans.data?.items ?? []).filter(({ service }) => service === addon.service)
  return (
    <Section title="Plan">
      <ActForm
        action={resize}
        act="Resize"
        disabled={plan === addon.plan}
        error={plans.error}
        line={`paas addons:resize ${addon.name} ${plan} -a ${app}`}
      >
        <select aria-label="Plan" className="grow" value={plan} onChange={(event) => setPlan(event.target.value)}>
          {items.map((each) => (
            <option key={each.plan} value={each.plan}>
              {each.plan}: {each.memoryMb} MB, {each.connections} connections
            </option>
          ))}
        </select>
        <p className="hint">A change restarts it: connections are made anew.</p>
      </ActForm>
    </Section>
  )
}

function Rename({ app, addon }: AddonProps) {
  const rename = async (name: string) => {
    await call('addons.update', { params: { app, addon: addon.name }, body: { name } })
    await refresh('addons.list')
    renamedTo(name)
    navigate(`/apps/${app}/addons/${name}`, { replace: true })
  }
  return <RenameForm onRename={rename} cli={(name) => `paas addons:rename ${addon.name} ${name} -a ${app}`} />
}
