import { useState } from 'react'
import type { App } from '../../../server/contract/app.ts'
import type { Certificate } from '../../../server/contract/certificate.ts'
import type { CallOutput } from '../../../server/contract/client.ts'
import type { Domain } from '../../../server/contract/domain.ts'
import { call, refresh, useCall } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { done } from '../ui/toast.tsx'
import { Asked } from '../ui/waiting.tsx'
import { certificateOf } from './certificate-of.ts'
import { CertificateText } from './certificate-text.tsx'

const EVERY_MS = 5_000
/** While a certificate waits for the name to lead here: a change of DNS is seen without asking. */
const CHECK_MS = 5_000
const SETTLED: Certificate['state'][] = ['issued', 'renewing', 'ordering']

export function DomainsScreen({ app }: { app: App }) {
  const params = { app: app.name }
  const domains = useCall('domains.list', { params }, { everyMs: EVERY_MS })
  const certs = useCall('certs.list', { params }, { everyMs: EVERY_MS })
  const [host, setHost] = useState('')
  const add = useAction(async () => {
    await addDomain(app.name, host)
    setHost('')
    done(`Added ${host}.`, () => removeDomain(app.name, host))
  })
  return (
    <div className="stack">
      <Section title="Host names">
        <Asked query={domains}>
          {({ items }) => (
            <ul className="domains">
              {items.map((domain) => (
                <Row
                  key={domain.host}
                  app={app.name}
                  domain={domain}
                  certificate={certificateOf(domain.host, certs.data?.items ?? [])}
                />
              ))}
            </ul>
          )}
        </Asked>
        <form
          className="inline-form"
          onSubmit={(event) => {
            event.preventDefault()
            void add.run()
          }}
        >
          <input
            aria-label="Host name"
            className="grow"
            placeholder="www.example.com"
            autoCapitalize="none"
            spellCheck={false}
            required
            value={host}
            onChange={(event) => setHost(event.target.value)}
          />
          <button type="submit" className="button" disabled={add.busy}>
            Add host name
          </button>
        </form>
        <p className="hint">
          Point its DNS record at this box: A or AAAA to its address, or CNAME to {new URL(app.url).hostname}.
        </p>
        <ProblemBox error={add.error} />
        <Cli line={`paas domains:add ${host || 'www.example.com'} -a ${app.name}`} />
      </Section>
    </div>
  )
}

async function addDomain(app: string, host: string): Promise<void> {
  await call('domains.add', { params: { app }, body: { host } })
  await refresh('domains.list', 'certs.list')
}

async function removeDomain(app: string, host: string): Promise<void> {
  await call('domains.remove', { params: { app, host } })
  await refresh('domains.list', 'certs.list')
}

function Row({ app, domain, certificate }: { app: string; domain: Domain; certificate: Certificate | undefined }) {
  const params = { app, host: domain.host }
  const waits = certificate?.source === 'auto' && !SETTLED.includes(certificate.state)
  const watched = useCall('domains.check', { params }, { everyMs: CHECK_MS, always: true, when: waits })
  const [asked, setAsked] = useState<CallOutput<'domains.check'>>()
  const check = useAction(async () => {
    setAsked(await call('domains.check', { params }))
    await refresh('domains.check')
  })
  const found = (waits ? watched.data : undefined) ?? asked
  const remove = useAction(async () => {
    await removeDomain(app, domain.host)
    done(`Removed ${domain.host}.`, () => addDomain(app, domain.host))
  })
  return (
    <li>
      <div className="domain-line">
        <span className="domain-host">{domain.host}</span>
        {domain.kind === 'default' && <span className="quiet">given by the box</span>}
        <span className="domain-acts">
          <button type="button" className="button small" disabled={check.busy} onClick={() => check.run()}>
            Check
          </button>
          {domain.kind === 'custom' && (
            <button type="button" className="button small" disabled={remove.busy} onClick={() => remove.run()}>
              Remove
            </button>
          )}
        </span>
      </div>
      <p>
        {certificate ? (
          <CertificateText certificate={certificate} />
        ) : (
          <span className="quiet">served over plain HTTP, without a certificate</span>
        )}
      </p>
      {found && (
        <p role="status" className="said">
          {found.ready ? 'A certificate could be ordered now.' : found.reason}
          {found.addresses.length > 0 && ` The name leads to ${found.addresses.join(', ')}.`}
        </p>
      )}
      <ProblemBox error={check.error ?? remove.error} />
    </li>
  )
}
