type Page = { items: unknown[]; next: string | null }
type PageQuery = { limit: number; cursor?: string }

const PAGE_LIMIT = 500

/** All pages as one: for lists that a person expects whole. What stands beside the items is that of the first. */
export async function allPages<Whole extends Page>(fetchPage: (query: PageQuery) => Promise<Whole>): Promise<Whole> {
  const first = await fetchPage({ limit: PAGE_LIMIT })
  const items: Whole['items'] = [...first.items]
  for (let { next } = first; next !== null; ) {
    const page = await fetchPage({ limit: PAGE_LIMIT, cursor: next })
    items.push(...page.items)
    next = page.next
  }
  return { ...first, items, next: null }
}
