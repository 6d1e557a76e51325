/** What the data plane knows of a request before any service is asked. */
export type Asked = { secure: boolean; method: string; host: string; authority: string; path: string }
/** `headers` alternate names and values. */
export type OwnAnswer = { status: number; headers: string[]; body: string }

/** Requests that the router answers by itself: proofs for issuers of certificates, and the way to https. */
export interface OwnAnswers {
  find(asked: Asked): OwnAnswer | undefined
}

export const NO_ANSWERS: OwnAnswers = { find: () => undefined }
