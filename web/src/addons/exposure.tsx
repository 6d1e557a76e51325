import { useState } from 'react'
import type { Addon } from '../../../server/contract/addon.ts'
import { call, refresh } from '../shell/api.ts'
import { ActForm } from '../ui/act-form.tsx'
import { useAction } from '../ui/action.ts'
import { Cli, Copy } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { Field } from '../ui/field.tsx'
import { mistakeAt } from '../ui/mistake.ts'
import { ProblemBox } from '../ui/problem.tsx'

const LOOPBACK = '127.0.0.1'

/** Whether it can be reached without an app: from the machine, or by named addresses over TLS. */
export function Exposure({ app, addon }: { app: string; addon: Addon }) {
  const params = { app, addon: addon.name }
  const close = useAction(async () => {
    await call('addons.unexpose', { params })
    await refresh('addons.info', 'addons.list')
  })
  const { exposed } = addon
  return (
    <Section title="Exposure">
      {exposed ? (
        <>
          <p>
            It listens at{' '}
            <Copy text={`${exposed.scheme === null ? '' : `${exposed.scheme}://`}${exposed.address}:${exposed.port}`} />{' '}
            {exposed.allow.length === 0 ? 'for this machine alone.' : `for ${exposed.allow.join(', ')}, over TLS.`}
          </p>
          <div className="buttons">
            <button type="button" className="button" disabled={close.busy} onClick={() => close.run()}>
              Close it
            </button>
          </div>
          <ProblemBox error={close.error} />
          <Cli line={`paas addons:unexpose ${addon.name} -a ${app}`} />
        </>
      ) : (
        <Expose app={app} addon={addon.name} />
      )}
    </Section>
  )
}

function Expose({ app, addon }: { app: string; addon: string }) {
  const [address, setAddress] = useState(LOOPBACK)
  const [port, setPort] = useState('')
  const [allowed, setAllowed] = useState('')
  const allow = allowed.split(/[\s,]+/).filter((each) => each !== '')
  const expose = useAction(async () => {
    const body = { address, allow, ...(port !== '' && { port: Number(port) }) }
    await call('addons.expose', { params: { app, addon }, body })
    await refresh('addons.info', 'addons.list')
  })
  const options = [
    ...(address === LOOPBACK ? [] : [`--address ${address}`]),
    ...(port === '' ? [] : [`--port ${port}`]),
    ...allow.map((each) => `--allow ${each}`),
  ]
  return (
    <>
      <p>Only apps reach it. A port of the machine can lead to it; other addresses need an owner of the box.</p>
      <ActForm action={expose} act="Expose" line={['paas addons:expose', addon, ...options, '-a', app].join(' ')}>
        <Field
          label="Address"
          required
          value={address}
          mistake={mistakeAt(expose.error, 'address')}
          onChange={(event) => setAddress(event.target.value)}
        />
        <Field
          label="Port (any free one)"
          inputMode="numeric"
          value={port}
          mistake={mistakeAt(expose.error, 'port')}
          onChange={(event) => setPort(event.target.value.replace(/\D/g, ''))}
        />
        <Field
          label="Who may connect"
          placeholder="192.0.2.0/24"
          value={allowed}
          mistake={mistakeAt(expose.error, 'allow')}
          onChange={(event) => setAllowed(event.target.value)}
        />
      </ActForm>
    </>
  )
}
