import type { Certificate } from '../../../server/contract/certificate.ts'
import { State } from '../ui/state.tsx'
import { Ago } from '../ui/time.tsx'

const WORDS: Record<Certificate['state'], string> = {
  waiting: 'certificate waits',
  checking: 'looking whether the name leads here',
  ordering: 'certificate is being ordered',
  issued: 'certificate issued',
  renewing: 'certificate is being renewed, the old one serves',
  failed: 'no certificate',
}

/** The state of a certificate in words, with what stands in the way. */
export function CertificateText({ certificate }: { certificate: Certificate }) {
  const { alarm, issuer, nextTryAt, notAfter, reason, source, state } = certificate
  return (
    <>
      <State state={state} label={source === 'custom' ? 'a certificate of your own' : WORDS[state]} />{' '}
      <span className="quiet">
        {issuer && `by ${issuer}`}
        {notAfter && (
          <>
            {issuer && ', '}valid until <time dateTime={notAfter}>{notAfter.slice(0, 10)}</time>
          </>
        )}
        {nextTryAt && (
          <>
            {(issuer ?? notAfter) && ', '}next try <Ago at={nextTryAt} />
          </>
        )}
      </span>
      {reason !== '' && <span className="block">{reason}</span>}
      {alarm && <span className="low block">{alarm}</span>}
    </>
  )
}
