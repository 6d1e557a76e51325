import type { CallInput } from '../../../server/contract/client.ts'
import type { Activity } from '../../../server/contract/user.ts'
import { call } from '../shell/api.ts'
import { PAGE_MAX } from '../shell/bounds.ts'
import { csvText } from './csv.ts'

/** Rows of a file at most. */
const MOST = 20_000

type Query = NonNullable<CallInput<'activity.list'>['query']>

/** All that the filter lets through, newest first, as a file. */
export async function downloadActivity(app: string, query: Query): Promise<void> {
  const items: Activity[] = []
  for (let cursor: string | null | undefined; cursor !== null && items.length < MOST; ) {
    const page: { items: Activity[]; next: string | null } = await call('activity.list', {
      params: { app },
      query: { ...query, limit: PAGE_MAX, ...(cursor && { cursor }) },
    })
    items.push(...page.items)
    cursor = page.next
  }
  const rows = items.map(({ at, by, via, app: of, action, detail }) => [at, by, via, of ?? '', action, detail])
  const text = csvText(['at', 'by', 'via', 'app', 'action', 'detail'], rows)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  link.download = `${app}-activity.csv`
  link.click()
  URL.revokeObjectURL(link.href)
}
