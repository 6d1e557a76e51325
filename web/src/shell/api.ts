import { keepPreviousData, QueryClient, type UseQueryResult, useQuery } from '@tanstack/react-query'
import {
  ApiError,
  type CallInput,
  type CallOutput,
  ConnectionError,
  createClient,
} from '../../../server/contract/client.ts'
import type { OperationId } from '../../../server/contract/paths.ts'
import { Signal, useSignal } from './signal.ts'

const FRESH_MS = 1_000
/** How often a box that does not answer is asked again. */
export const AGAIN_MS = 3_000
const client = createClient({ url: location.origin, fetch: asked })

/** Of the answer that came last: what to ask the box about when this page stumbles over it. */
export let lastRequest: string | null = null

async function asked(target: string | URL | Request, init?: RequestInit): Promise<Response> {
  const answer = await fetch(target, init)
  lastRequest = answer.headers.get('x-request-id') ?? lastRequest
  return answer
}

/** When the box was last heard of, while it does not answer; null while it does. */
export const silentSince = new Signal<Date | null>(null)
/** True while the box tells this page what changes: nothing has to be asked every few seconds then. */
export const live = new Signal(false)
/** True from the moment that the server does not know this browser any more. */
export const signedOut = new Signal(false)
/** Set by the dialog that asks for the password; resolves when it was given, rejects when it was put away. */
export const passwordAsked = new Signal<{ given: () => void; refused: (reason: Error) => void } | null>(null)

export class Refused extends Error {}

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      networkMode: 'always',
      placeholderData: keepPreviousData,
      refetchInterval: ({ state }) => (state.error instanceof ConnectionError ? AGAIN_MS : false),
      retry: (count, error) => error instanceof ConnectionError && count < 3,
    },
    mutations: { networkMode: 'always' },
  },
})

/** Asks the API. What needs the password again asks for it and goes on. */
export async function call<Id extends OperationId>(id: Id, input?: CallInput<Id>): Promise<CallOutput<Id>> {
  try {
    return await heard(client.call(id, input))
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem.code !== 'session.unconfirmed') throw error
    await askPassword()
    return await heard(client.call(id, input))
  }
}

export async function* stream<Id extends OperationId>(id: Id, input?: CallInput<Id>): AsyncGenerator<CallOutput<Id>> {
  try {
    for await (const value of client.stream(id, input)) {
      silentSince.set(null)
      yield value
    }
  } catch (error) {
    if (!input?.signal?.aborted) notice(error)
    throw error
  }
}

/** What an operation answers. Asked again when it changes; every `everyMs` while the box cannot say so, or `always` where it never does. */
export function useCall<Id extends OperationId>(
  id: Id,
  input?: CallInput<Id>,
  { everyMs, always = false, when = true }: { everyMs?: number; always?: boolean; when?: boolean } = {},
): UseQueryResult<CallOutput<Id>> {
  const told = useSignal(live)
  return useQuery({
    queryKey: [id, input ?? {}],
    queryFn: ({ signal }) => call(id, { ...(input as object), signal } as CallInput<Id>),
    enabled: when,
    ...(everyMs !== undefined && (always || !told) && { refetchInterval: everyMs }),
  }) as UseQueryResult<CallOutput<Id>>
}

/** What was changed is asked for anew wherever it is on the screen. */
export async function refresh(...ids: OperationId[]): Promise<void> {
  await Promise.all(ids.map((id) => queries.invalidateQueries({ queryKey: [id] })))
}

let asking: Promise<void> | undefined

/** Once for all that wait for it at that moment. */
function askPassword(): Promise<void> {
  asking ??= new Promise<void>((resolve, reject) => {
    passwordAsked.set({
      given: () => {
        passwordAsked.set(null)
        resolve()
      },
      refused: (reason) => {
        passwordAsked.set(null)
        reject(reason)
      },
    })
  }).finally(() => {
    asking = undefined
  })
  return asking
}

async function heard<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    const value = await answer
    silentSince.set(null)
    return value
  } catch (error) {
    notice(error)
    throw error
  }
}

function notice(error: unknown): void {
  if (error instanceof ConnectionError) {
    if (silentSince.value === null) silentSince.set(new Date())
    return
  }
  if (error instanceof ApiError) {
    silentSince.set(null)
    if (error.problem.status === 401) signedOut.set(true)
  }
}
