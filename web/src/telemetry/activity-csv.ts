import type { Activity } from '../../../server/contract/user.ts'
import { PAGE_MAX } from '../shell/bounds.ts'
import { csvText } from './csv.ts'

/** Rows of a file at most. */
const MOST = 20_000

type Page = { items: Activity[]; next: string | null }
type Find = (page: { limit: number; cursor?: string }) => Promise<Page>

/** All that is found, newest first, as a file. */
export async function saveActivity(name: string, find: Find): Promise<void> {
  const items: Activity[] = []
  for (let cursor: string | null | undefined; cursor !== null && items.length < MOST; ) {
    const page: Page = await find({ limit: PAGE_MAX, ...(cursor && { cursor }) })
    items.push(...page.items)
    cursor = page.next
  }
  const rows = items.map(({ at, by, via, app: of, action, detail }) => [at, by, via, of ?? '', action, detail])
  const text = csvText(['at', 'by', 'via', 'app', 'action', 'detail'], rows)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  link.download = `${name}-activity.csv`
  link.click()
  URL.revokeObjectURL(link.href)
}
