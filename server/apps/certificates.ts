import type { z } from 'zod'
import { type RouterClient, RouterRefused, RouterUnavailable } from '../../router/client.ts'
import type {
  AddCertificate,
  AddedCertificate,
  Certificate,
  CertificateOfBox,
  DomainCheck,
} from '../contract/certificate.ts'
import { PaasError } from '../errors.ts'
import type { AppRecord } from './apps.ts'
import type { Domains } from './domains.ts'
import { normalHost } from './host-name.ts'

type CertificateRouter = Pick<RouterClient, 'certificates' | 'putCertificate' | 'removeCertificate' | 'checkDomains'>

/** The certificates of an app's hosts. The router orders, renews and keeps them; here is who may see and change which. */
export class Certificates {
  readonly #router: CertificateRouter
  readonly #domains: Pick<Domains, 'hosts'>

  constructor(router: CertificateRouter, domains: Pick<Domains, 'hosts'>) {
    this.#router = router
    this.#domains = domains
  }

  /** Throws `router.unavailable`. */
  async all(): Promise<z.infer<typeof CertificateOfBox>[]> {
    const { certificates } = await asked(this.#router.certificates())
    return certificates.map(({ service, ...certificate }) => ({ ...certificate, app: service }))
  }

  /** Throws `router.unavailable`. */
  async list(app: AppRecord): Promise<Certificate[]> {
    const hosts = this.#domains.hosts(app)
    const { certificates } = await asked(this.#router.certificates())
    return certificates
      .filter(({ service, names }) =>
        service === null ? names.some((name) => serves(name, hosts)) : service === app.name,
      )
      .map(({ service: _service, ...certificate }) => certificate)
  }

  /** One's own, in place of the one before; it serves the hosts of this app alone. Throws `certificate.invalid`. */
  async put(app: AppRecord, pair: z.infer<typeof AddCertificate>): Promise<z.infer<typeof AddedCertificate>> {
    return asked(this.#router.putCertificate(app.name, { service: app.name, ...pair }))
  }

  async remove(app: AppRecord): Promise<void> {
    await asked(this.#router.removeCertificate(app.name))
  }

  /** Throws `domain.not-found` for a host of somebody else. */
  async check(app: AppRecord, typed: string): Promise<z.infer<typeof DomainCheck>> {
    const host = normalHost(typed)
    if (!this.#domains.hosts(app).includes(host)) {
      throw new PaasError('not-found', 'domain.not-found', `${app.name} has no domain ${host}.`, {
        command: `paas domains --app ${app.name}`,
      })
    }
    const { checks } = await asked(this.#router.checkDomains([host]))
    return checks[0] ?? { name: host, ready: false, reason: 'The router did not look at it.', addresses: [] }
  }
}

/** A wildcard serves the hosts one label below it. */
function serves(name: string, hosts: readonly string[]): boolean {
  return hosts.some((host) => host === name || (name.startsWith('*.') && `*${host.slice(host.indexOf('.'))}` === name))
}

async function asked<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof RouterUnavailable) {
      const fix = 'See whether the router runs, then try again.'
      throw new PaasError('unavailable', 'router.unavailable', error.message, { fix, command: 'paas status' })
    }
    if (!(error instanceof RouterRefused)) throw error
    const { status, code, detail, fix } = error.problem
    const kind = status === 404 ? 'not-found' : status === 409 ? 'conflict' : status === 400 ? 'invalid' : 'failed'
    throw new PaasError(kind, code, detail, fix ? { fix } : {})
  }
}
