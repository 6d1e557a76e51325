import { useState } from 'react'
import type { Addon, Credential } from '../../../server/contract/addon.ts'
import { call, refresh } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Cli, Copy } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { Ago } from '../ui/time.tsx'
import { Released } from './addon-uses.tsx'

/** Logins, one for each app; they are shown when they are asked for. */
export function Credentials({ app, addon }: { app: string; addon: Addon }) {
  const params = { app, addon: addon.name }
  const [shown, setShown] = useState<Credential[]>()
  const [change, setChange] = useState<{ release: number | null; deploy: string | null }>()
  const load = async () => setShown((await call('addons.credentials', { params })).items)
  const show = useAction(load)
  const rotate = useAction(async () => {
    setChange(await call('addons.rotate', { params }))
    await refresh('addons.info')
    if (shown) await load()
  })
  const attached = addon.attachments.some((each) => each.app === app)
  return (
    <Section title="Credentials">
      {shown && (
        <ul className="domains">
          {shown.map((credential) => (
            <li key={credential.user}>
              <div className="domain-line">
                <span className="domain-host">{credential.user}</span>
                <span className="quiet">
                  of {credential.app}, <Ago at={credential.createdAt} />
                  {credential.state === 'retiring' && ', goes when nothing uses it any more'}
                </span>
              </div>
              {credential.url === null ? (
                <p className="quiet">Your role may not read its password.</p>
              ) : (
                <Copy text={credential.url} label={`Copy the address with the password of ${credential.user}`} />
              )}
            </li>
          ))}
        </ul>
      )}
      <div className="buttons">
        <button
          type="button"
          className="button"
          disabled={show.busy}
          onClick={() => (shown ? setShown(undefined) : void show.run())}
        >
          {shown ? 'Hide' : 'Show credentials'}
        </button>
        {attached && (
          <button type="button" className="button" disabled={rotate.busy} onClick={() => rotate.run()}>
            Rotate
          </button>
        )}
      </div>
      <p className="hint">
        Rotating gives {app} a new login by a release of its own; the old one goes when nothing uses it any more.
      </p>
      {change && <Released made={{ app, ...change }} />}
      <ProblemBox error={show.error ?? rotate.error} />
      <Cli line={`paas addons:credentials ${addon.name} -a ${app}`} />
    </Section>
  )
}
