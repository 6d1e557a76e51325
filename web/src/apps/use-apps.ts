import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { App } from '../../../server/contract/app.ts'
import { call } from '../shell/api.ts'

const PAGE = 500

/** All apps that one may see, asked again every `everyMs` where that is said. */
export function useApps(everyMs?: number): UseQueryResult<App[]> {
  return useQuery({
    queryKey: ['apps.list', 'all'],
    queryFn: allApps,
    ...(everyMs !== undefined && { refetchInterval: everyMs }),
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
