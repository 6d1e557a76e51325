import { useState } from 'react'
import { call, refresh, useCall } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { ProblemBox } from '../ui/problem.tsx'

export function NewAddon({ app }: { app: string }) {
  const plans = useCall('addons.plans')
  const [chosen, setChosen] = useState(0)
  const items = plans.data?.items ?? []
  const plan = items[chosen]
  const create = useAction(async () => {
    if (!plan) return
    const body = { service: plan.service, plan: plan.plan }
    await call('addons.create', { params: { app }, body, idempotencyKey: crypto.randomUUID() })
    await refresh('addons.list', 'config.names', 'apps.info')
  })
  if (!plan) return <ProblemBox error={plans.error} />
  return (
    <>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault()
          void create.run()
        }}
      >
        <select
          aria-label="Service and plan"
          className="grow"
          value={chosen}
          onChange={(event) => setChosen(Number(event.target.value))}
        >
          {items.map(({ service, title, plan: name, memoryMb }, n) => (
            <option key={`${service} ${name}`} value={n}>
              {title}, {name}: {memoryMb} MB
            </option>
          ))}
        </select>
        <button type="submit" className="button" disabled={create.busy}>
          Create addon
        </button>
        <p className="hint">{plan.about}</p>
      </form>
      <ProblemBox error={create.error} />
      <Cli line={`paas addons:create ${plan.service} --plan ${plan.plan} -a ${app}`} />
    </>
  )
}
