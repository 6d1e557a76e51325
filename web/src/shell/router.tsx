import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from 'react'

const watchers = new Set<() => void>()
const tell = () => {
  for (const watcher of watchers) watcher()
}
addEventListener('popstate', tell)
addEventListener('hashchange', tell)

/** Goes to an address of the console without loading the page anew. */
export function navigate(to: string, { replace = false }: { replace?: boolean } = {}): void {
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  if (!replace) scrollTo(0, 0)
  tell()
}

export type Place = { path: string; query: URLSearchParams; hash: string }

export function usePlace(): Place {
  const address = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => location.pathname + location.search + location.hash,
  )
  const url = new URL(address, location.origin)
  return { path: url.pathname, query: url.searchParams, hash: url.hash.slice(1) }
}

/** An ordinary link, followed without loading the page anew; with a modifier key it does what the browser does. */
export function Link({ to, onClick, ...rest }: { to: string } & AnchorHTMLAttributes<HTMLAnchorElement>) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event)
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    event.preventDefault()
    navigate(to)
  }
  return <a href={to} onClick={follow} {...rest} />
}
