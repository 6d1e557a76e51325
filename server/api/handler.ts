import type { z } from 'zod'
import type { AppRecord } from '../apps/apps.ts'
import type { OperationId } from '../contract/paths.ts'
import type { Route } from '../contract/route.ts'
import type { Routes } from '../contract/routes.ts'
import type { Actor, UserRecord } from '../people/actor.ts'
import type { Download } from './download.ts'
import type { SessionCookie } from './session-cookie.ts'

/** Somebody with a token or a session; the platform itself never calls the API. */
export type SignedIn = Actor & { user: UserRecord }

type Input<R extends Route> = (R['params'] extends z.ZodType ? { params: z.output<R['params']> } : unknown) &
  (R['query'] extends z.ZodType ? { query: z.output<R['query']> } : unknown) &
  (R['body'] extends z.ZodType ? { body: z.output<R['body']> } : unknown) &
  (R extends { upload: true } ? { content: AsyncIterable<Uint8Array> } : unknown)
type Caller<R extends Route> = (R['permission'] extends 'anyone' ? unknown : { actor: SignedIn }) &
  (R['permission'] extends `app:${string}` ? { app: AppRecord } : unknown)

/** Everything that was asked, checked: the input by its schemas, the caller by the permission. */
export type Call<Id extends OperationId> = Input<Routes[Id]> &
  Caller<Routes[Id]> & {
    address: string
    /** `Firefox on Linux` */
    device: string
    /** The browser's, for those who sign in and out. */
    cookie: SessionCookie
    /** Asks anew, for what goes on when the call has been answered. */
    isAllowed: () => boolean
    /** Fires when the client is gone. */
    signal: AbortSignal
    /** Where a stream that broke off is to go on. */
    lastEventId: string | undefined
  }

type Answered<R extends Route> = R extends { stream: true }
  ? AsyncIterable<z.input<R['response']>>
  : R extends { download: true }
    ? Promise<Download>
    : z.input<R['response']> | Promise<z.input<R['response']>>

export type Handlers<Ids extends OperationId> = {
  [Id in Ids]: (call: Call<Id>) => Answered<Routes[Id]>
}
