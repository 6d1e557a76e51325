import { useSyncExternalStore } from 'react'
import { agoText } from './time-text.ts'

const TICK_MS = 10_000
const absolute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' })

const watchers = new Set<() => void>()
let now = Date.now()
setInterval(() => {
  now = Date.now()
  for (const watcher of watchers) watcher()
}, TICK_MS)

export function useNow(): number {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => now,
  )
}

/** `3 min. ago`; the whole date when it is pointed at. */
export function Ago({ at }: { at: string }) {
  const current = Math.max(useNow(), Date.now() - TICK_MS)
  const date = new Date(at)
  return (
    <time dateTime={at} title={absolute.format(date)}>
      {agoText(date.getTime() - current)}
    </time>
  )
}

/** The whole date, where what matters is not how long ago it was. */
export function Moment({ at }: { at: string }) {
  return <time dateTime={at}>{absolute.format(new Date(at))}</time>
}
