import { useState } from 'react'
import type { Addon } from '../../../server/contract/addon.ts'
import { useApps } from '../apps/use-apps.ts'
import { call, refresh } from '../shell/api.ts'
import { Link } from '../shell/router.tsx'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Empty, Section } from '../ui/empty.tsx'
import { Choice, Field } from '../ui/field.tsx'
import { mistakeAt } from '../ui/mistake.ts'
import { ProblemBox } from '../ui/problem.tsx'

type Change = { release: number | null; deploy: string | null }
type Made = Change & { app: string }

/** Which apps use it, and under which variable. Each change is a release of that app. */
export function AddonUses({ app, addon, own }: { app: string; addon: Addon; own: boolean }) {
  const [made, setMade] = useState<Made>()
  const done = async (change: Made) => {
    setMade(change)
    await refresh('addons.info', 'addons.list', 'config.names', 'apps.info')
  }
  const detach = useAction(async (of: string, attachment: string) => {
    await done({ app: of, ...(await call('addons.detach', { params: { app: of, attachment } })) })
  })
  const promote = useAction(async () => {
    await done({ app, ...(await call('addons.promote', { params: { app, addon: addon.name } })) })
  })
  return (
    <Section
      title="Attachments"
      aside={
        addon.attachments.some((each) => each.app === app) && (
          <button type="button" className="button small" disabled={promote.busy} onClick={() => promote.run()}>
            Promote
          </button>
        )
      }
    >
      {addon.attachments.length === 0 ? (
        <Empty title="No app uses it">
          <p className="quiet">
            Attach it, and the app gets a variable for it; then promote it, and it takes the place of the one before.
          </p>
        </Empty>
      ) : (
        <ul className="domains">
          {addon.attachments.map((each) => (
            <li key={`${each.app} ${each.name}`}>
              <div className="domain-line">
                <Link to={`/apps/${each.app}`}>{each.app}</Link>
                <code>{each.variable}</code>
                {(own || each.app === app) && (
                  <span className="domain-acts">
                    <button
                      type="button"
                      className="button small"
                      aria-label={`Detach ${each.variable} from ${each.app}`}
                      disabled={detach.busy}
                      onClick={() => detach.run(each.app, each.name)}
                    >
                      Detach
                    </button>
                  </span>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      <p className="hint">Promoting makes it what the app’s main variable, such as DATABASE_URL, leads to.</p>
      <Attach app={app} addon={addon.name} onDone={done} />
      {made && <Released made={made} />}
      <ProblemBox error={detach.error ?? promote.error} />
    </Section>
  )
}

function Attach({ app, addon, onDone }: { app: string; addon: string; onDone: (made: Made) => Promise<void> }) {
  const apps = useApps()
  const [to, setTo] = useState(app)
  const [as, setAs] = useState('')
  const attach = useAction(async () => {
    const body = as === '' ? {} : { as }
    const { release, deploy } = await call('addons.attach', { params: { app: to, addon }, body })
    setAs('')
    await onDone({ app: to, release, deploy })
  })
  return (
    <>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault()
          void attach.run()
        }}
      >
        <Choice label="App" value={to} onChange={(event) => setTo(event.target.value)}>
          {[...new Set([app, ...(apps.data ?? []).map(({ name }) => name)])].map((name) => (
            <option key={name}>{name}</option>
          ))}
        </Choice>
        <Field
          label="As (optional)"
          placeholder="REPORTS"
          spellCheck={false}
          autoComplete="off"
          value={as}
          mistake={mistakeAt(attach.error, 'as')}
          onChange={(event) => setAs(event.target.value.toUpperCase())}
        />
        <button type="submit" className="button" disabled={attach.busy}>
          Attach
        </button>
      </form>
      <ProblemBox error={attach.error} />
      <Cli line={`paas addons:attach ${addon}${as && ` --as ${as}`} -a ${to}`} />
    </>
  )
}

export function Released({ made: { app, release, deploy } }: { made: Made }) {
  return (
    <p className="said" role="status">
      {release === null ? (
        `Done. ${app} has no release yet: its first one takes the change.`
      ) : (
        <span>
          {app} takes it as v{release}:{' '}
          <Link to={`/apps/${app}/releases${deploy === null ? '' : `?deploy=${deploy}`}`}>watch it</Link>.
        </span>
      )}
    </p>
  )
}
