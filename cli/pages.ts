type Page<Item> = { items: Item[]; next: string | null }
type PageQuery = { limit: number; cursor?: string }

const PAGE_LIMIT = 500

/** All pages as one: for lists that a person expects whole. */
export async function allPages<Item>(fetchPage: (query: PageQuery) => Promise<Page<Item>>): Promise<Page<Item>> {
  const whole: Page<Item> = { items: [], next: null }
  let query: PageQuery = { limit: PAGE_LIMIT }
  for (;;) {
    const { items, next } = await fetchPage(query)
    whole.items.push(...items)
    if (next === null) return whole
    query = { limit: PAGE_LIMIT, cursor: next }
  }
}
