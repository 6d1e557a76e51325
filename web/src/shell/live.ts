import type { Query } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { App } from '../../../server/contract/app.ts'
import { ApiError } from '../../../server/contract/client.ts'
import type { ChangeEvent } from '../../../server/contract/event.ts'
import { call, live, queries, stream } from './api.ts'
import { concerns } from './stale.ts'

/** The box tells something every ten seconds: after this time without a word the line is dead, whatever it looks like. */
const DEAD_MS = 25_000
/** A page that nobody looks at gives its connection back: a browser has six for all pages of one box. */
const UNSEEN_MS = 10_000
const AGAIN_MS = 1_000

/** Where to go on when the line breaks off. */
let cursor: string | undefined

/** One line for the whole page, on which the box says what has changed; what is on the screen is then asked for anew. */
export function useLive(): void {
  useEffect(() => {
    const gone = new AbortController()
    void follow(gone.signal)
    return () => gone.abort()
  }, [])
}

async function follow(gone: AbortSignal): Promise<void> {
  while (!gone.aborted) {
    if (document.hidden) await seen(gone)
    try {
      await listen(gone)
    } catch (error) {
      if (error instanceof ApiError && error.problem.status === 401) return
    }
    live.set(false)
    await delay(AGAIN_MS)
  }
}

async function listen(gone: AbortSignal): Promise<void> {
  const line = new AbortController()
  const cut = () => line.abort()
  let unseen: ReturnType<typeof setTimeout> | undefined
  let dead = setTimeout(cut, DEAD_MS)
  const look = () => {
    clearTimeout(unseen)
    if (document.hidden) unseen = setTimeout(cut, UNSEEN_MS)
  }
  look()
  document.addEventListener('visibilitychange', look, { signal: line.signal })
  addEventListener('online', cut, { signal: line.signal })
  gone.addEventListener('abort', cut, { signal: line.signal })
  try {
    const query = cursor === undefined ? {} : { after: cursor }
    for await (const event of stream('changes.watch', { query, signal: line.signal })) {
      clearTimeout(dead)
      dead = setTimeout(cut, DEAD_MS)
      cursor = event.cursor
      live.set(true)
      outdate(event)
    }
  } finally {
    clearTimeout(dead)
    clearTimeout(unseen)
    line.abort()
  }
}

function outdate(event: ChangeEvent): void {
  for (const query of queries.getQueryCache().getAll()) {
    const [id, input] = query.queryKey as [string, { params?: { app?: string } } | undefined]
    if (concerns(event, id, input?.params?.app)) void renew(query, id === 'apps.list' ? event.app : null)
  }
}

/** Queries that are being asked anew, or apps in the list of all; true: again, once they have been. */
const renewed = new Map<string, boolean>()

/** However fast things change, one request at a time: the last change is always behind the last question. */
async function renew(query: Query, app: string | null): Promise<void> {
  const key = `${query.queryHash} ${app}`
  const again = renewed.has(key)
  renewed.set(key, again)
  if (again) return
  do {
    renewed.set(key, false)
    if (app === null || !query.isActive() || !(await exchange(query, app)))
      await queries.invalidateQueries({ queryKey: query.queryKey, exact: true })
  } while (renewed.get(key))
  renewed.delete(key)
}

/** One app of the list, which may be long. False where the app is not in it, or is gone. */
async function exchange({ queryKey }: Query, name: string): Promise<boolean> {
  const app = await call('apps.info', { params: { app: name } }).catch(() => undefined)
  const listed = queries.getQueryData<App[]>(queryKey)
  if (!app || !listed?.some(({ id }) => id === app.id)) return false
  queries.setQueryData<App[]>(
    queryKey,
    listed.map((each) => (each.id === app.id ? app : each)),
  )
  return true
}

function seen(gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    document.addEventListener('visibilitychange', () => resolve(), { once: true, signal: gone })
    gone.addEventListener('abort', () => resolve(), { once: true })
  })
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
