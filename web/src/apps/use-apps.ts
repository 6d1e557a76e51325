import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { App } from '../../../server/contract/app.ts'
import { call, live } from '../shell/api.ts'
import { useSignal } from '../shell/signal.ts'

const PAGE = 500

/** All apps that one may see, asked again when one changes; every `everyMs` while the box cannot say so. */
export function useApps(everyMs?: number): UseQueryResult<App[]> {
  const told = useSignal(live)
  return useQuery({
    queryKey: ['apps.list', 'all'],
    queryFn: allApps,
    ...(everyMs !== undefined && !told && { refetchInterval: everyMs }),
  })
}

/** Page by page: a box may have more than one answer holds. */
async function allApps({ signal }: { signal: AbortSignal }): Promise<App[]> {
  const apps: App[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: { items: App[]; next: string | null } = await call('apps.list', {
      query: { limit: PAGE, ...(cursor && { cursor }) },
      signal,
    })
    apps.push(...page.items)
    cursor = page.next
  }
  return apps
}
