import type { CallOutput } from '../../../server/contract/client.ts'
import { CertificateText } from '../apps/certificate-text.tsx'
import { useCall } from '../shell/api.ts'
import { Link } from '../shell/router.tsx'
import { Cli } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { Asked } from '../ui/waiting.tsx'

const EVERY_MS = 5_000

/** All that the router serves with, and how it orders them; for owners of the box. */
export function Certificates() {
  const all = useCall('certs.all', undefined, { everyMs: EVERY_MS })
  const orders = useCall('acme.settings')
  return (
    <Section title="Certificates">
      <Asked query={orders}>{(acme) => <Orders acme={acme} />}</Asked>
      <Asked query={all}>
        {({ items }) =>
          items.length > 0 && (
            <ul className="domains">
              {items.map((certificate) => (
                <li key={`${certificate.app} ${certificate.name}`}>
                  <div className="domain-line">
                    <span className="domain-host">{certificate.names.join(', ') || certificate.name}</span>
                    {certificate.app !== null && <Link to={`/apps/${certificate.app}/domains`}>{certificate.app}</Link>}
                  </div>
                  <p>
                    <CertificateText certificate={certificate} />
                  </p>
                </li>
              ))}
            </ul>
          )
        }
      </Asked>
      <Cli line="paas certs --all" />
    </Section>
  )
}

function Orders({ acme }: { acme: CallOutput<'acme.settings'> }) {
  if (!acme.enabled) return <p>This box has no TLS port: its apps are served over plain HTTP.</p>
  if (acme.issuers.length === 0) return <p>None is ordered: no issuer is set.</p>
  const { dns, email, issuers, wildcards } = acme
  return (
    <dl className="facts">
      <dt>Ordered from</dt>
      <dd>{issuers.map(({ name }) => name).join(', then ')}</dd>
      <dt>Told by mail</dt>
      <dd>{email ?? 'nobody'}</dd>
      {wildcards.length > 0 && (
        <>
          <dt>Wildcards</dt>
          <dd>{wildcards.join(', ')}</dd>
        </>
      )}
      {dns.length > 0 && (
        <>
          <dt>DNS written by</dt>
          <dd>{dns.map(({ zone, provider }) => `${provider} (${zone})`).join(', ')}</dd>
        </>
      )}
    </dl>
  )
}
