import { z } from 'zod'
import { Timestamp } from './names.ts'

export const Certificate = z.object({
  /** The host that it was ordered for; the app's name for one's own. */
  name: z.string(),
  names: z.array(z.string()),
  /** auto: ordered and renewed by the router; custom: brought by hand. */
  source: z.enum(['auto', 'custom']),
  state: z.enum(['waiting', 'checking', 'ordering', 'issued', 'renewing', 'failed']),
  /** In plain words, what to do included; empty when all is well. */
  reason: z.string(),
  nextTryAt: Timestamp.nullable(),
  issuer: z.string().nullable(),
  notAfter: Timestamp.nullable(),
  /** Set when it should have been renewed long ago: `expires within 3 days`. */
  alarm: z.string().nullable(),
})
export type Certificate = z.infer<typeof Certificate>

/** `app` is whose own it is; null of those that the router orders. */
export const CertificateOfBox = Certificate.extend({ app: z.string().nullable() })

const Pem = z.string().min(1).max(100_000)
/** Both in PEM; the chain begins with the certificate itself. */
export const AddCertificate = z.object({ chain: Pem, key: Pem })
export const AddedCertificate = z.object({
  name: z.string(),
  names: z.array(z.string()),
  notAfter: Timestamp,
  /** What some visitors' browsers will not like. */
  warnings: z.array(z.string()),
})

/** Whether a certificate could be ordered for a name now, and what stands in the way. */
export const DomainCheck = z.object({
  name: z.string(),
  ready: z.boolean(),
  reason: z.string(),
  addresses: z.array(z.string()),
})
