/** Which fields the rules of a service look at, and whether they look at any. */
export type Needs = Readonly<Record<'authorization' | 'cookies' | 'encodings' | 'any', boolean>>

/** One request as the rules of its service see it. */
export type Visit = {
  /** Of the client, behind whatever proxies are trusted. */
  readonly address: string
  readonly https: boolean
  readonly method: string
  /** Host for routing, and as it came with its port. */
  readonly host: string
  readonly authority: string
  /** In origin form, or `*`; with the prefix that the app may not see. */
  readonly path: string
  /** The part of the host, where that has parts; else empty. */
  readonly prefix: string
  authorization: string | undefined
  /** The `Cookie` fields, joined. */
  cookies: string
  /** `Accept-Encoding`; null: the answer is to be passed as it is. */
  encodings: string | null
  /** `If-None-Match`, where answers may be compressed. */
  ifNoneMatch: string | undefined
  /** Of the body; -1: not announced. */
  readonly contentLength: number
  /** 0 to 100, of this visitor; -1: not drawn. */
  draw: number
}
